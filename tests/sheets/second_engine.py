"""Recalculates workbooks with the spreadsheet engine formualizer and prints the verdict of each, a line per workbook.

The names of the workbooks are read from standard input. Needs the package formualizer (PyPI).
"""

import sys

import formualizer

for path in sys.stdin.read().splitlines():
    book = formualizer.load_workbook(path)
    book.evaluate_all()
    print(book.evaluate_cell("结论", 3, 2))

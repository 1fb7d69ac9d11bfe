module fenpei.example/job

go 1.23

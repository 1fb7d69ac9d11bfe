//! Files that are downloaded: named, and sent part by part while they are read.

use std::fs;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
    VARY,
};
use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, rt};
use tokio::sync::mpsc::{self, Receiver};
use utoipa::ToSchema;

use super::accept::XLSX;
use super::asked::{Asked, tag};
use super::problem::{Kind, Problem};

/// How many bytes of a finished file are sent at once.
const PART: usize = 64 << 10;

/// 文件。A file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documents that a file is bytes")]
pub(super) struct File(Vec<u8>);

/// A body whose parts are made as they are sent: one is on its way while the next is made, no more.
pub(super) struct Parts {
    parts: Receiver<io::Result<Bytes>>,
    size: BodySize,
}

impl Parts {
    /// The parts that `next` gives until it gives none, each made apart from the threads that answer. A part that fails
    /// breaks the answer off, so that nobody takes it for whole.
    pub(super) fn of(size: BodySize, next: impl FnMut() -> io::Result<Option<Bytes>> + Send + 'static) -> Parts {
        let (sender, parts) = mpsc::channel(1);
        rt::spawn(async move {
            let mut next = next;
            loop {
                let made = web::block(move || {
                    let part = next();
                    (next, part)
                });
                let Ok((again, part)) = made.await else {
                    let _ = sender.send(Err(io::Error::other("a part was broken off"))).await;
                    return;
                };
                next = again;
                let Some(part) = part.transpose() else { return };
                // A part of no bytes would end the body.
                if part.as_ref().is_ok_and(Bytes::is_empty) {
                    continue;
                }
                if let Err(error) = &part {
                    tracing::error!(%error, "a file was broken off");
                }
                // Where nobody reads any more, no more is made.
                if part.is_err() | sender.send(part).await.is_err() {
                    return;
                }
            }
        });
        Parts { parts, size }
    }

    /// A file that is finished, from where it stands.
    pub(super) fn of_file(mut file: fs::File) -> io::Result<Parts> {
        let size = file.metadata()?.len();
        Ok(Parts::of(BodySize::Sized(size), move || {
            let mut part = vec![0; PART];
            let length = file.read(&mut part)?;
            part.truncate(length);
            Ok(Some(Bytes::from(part)).filter(|part| !part.is_empty()))
        }))
    }
}

impl MessageBody for Parts {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.parts.poll_recv(context)
    }
}

impl Asked {
    /// An answer about what is on record whose JSON is made as it is sent.
    pub(super) fn streamed(&self, json: Parts) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((CONTENT_LANGUAGE, tag(self.language)))
            .insert_header((VARY, "Accept, Accept-Language, Authorization"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(json)
    }
}

impl Asked {
    /// A workbook with its name, made apart from the threads that answer.
    pub(super) async fn made_workbook(
        &self,
        token: &str,
        work: impl FnOnce() -> Result<(fs::File, String), Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let (file, name) = self.worked(Some(token), work).await?;
        let parts = Parts::of_file(file).map_err(|_| self.problem(Kind::Internal))?;
        Ok(attached(&name, XLSX.to_owned(), parts))
    }
}

/// A file of this name, for a caller to keep: nobody on the way does.
pub(super) fn attached(name: &str, media: String, parts: Parts) -> HttpResponse {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-._".contains(letter) { letter } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let mut parameters = vec![DispositionParam::Filename(ascii.clone())];
    if ascii != name {
        let value = name.as_bytes().to_vec();
        let whole = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value };
        parameters.push(DispositionParam::FilenameExt(whole));
    }
    HttpResponse::Ok()
        .content_type(media)
        .insert_header(ContentDisposition { disposition: DispositionType::Attachment, parameters })
        .insert_header((VARY, "Accept, Accept-Language, Authorization"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(parts)
}

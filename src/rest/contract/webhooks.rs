//! What the service sends by itself: events, to the endpoints that a bureau has named.

use serde_json::{Value, json};

use super::on_record;

/// Says what an endpoint is sent, and what its answers mean.
pub(super) fn said(document: &mut Value) {
    let header = |name: &str, description: &str, example: &str| {
        json!({
            "name": name, "in": "header", "required": true, "description": description,
            "schema": {"type": "string"}, "example": example,
        })
    };
    let answer = |description: &str| json!({"description": description});
    let event = json!({
        "tags": ["events"],
        "summary": "收到事件。Receive an event.",
        "description": "发生所订的事件后，以 POST 发到所登记的地址，按 Standard Webhooks 签名；同一对象的事件按先后发送，同一事件可能不止一次。What has happened is sent by POST to the endpoints that want it, signed as Standard Webhooks says; events of one object come in their order, and an event may come more than once.",
        "operationId": "receiveEvent",
        "parameters": [
            header("webhook-id", "事件的编号；再次发送时不变。The id of the event: the same each time that it is sent.", "01a20340-0000-7000-8000-0000000000d0"),
            header("webhook-timestamp", "发送的时间，自 1970 年起的秒数。When it is sent, in seconds since 1970.", "1788249600"),
            header("webhook-signature", "签名，以空格分隔；更换密钥后的 24 小时内有两个。The signatures, with spaces between them: two for 24 hours after the secret was changed.", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
        ],
        "requestBody": {
            "description": "事件。The event.",
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Event"},
                "example": on_record::example("/listEvents/response/items/0"),
            }},
        },
        "responses": {
            "2XX": answer("15 秒内收到此状态即为送达。It is taken, where this is answered within 15 seconds."),
            "410": answer("不再接收：端点随即停用。No more: the endpoint is disabled at once."),
            "default": answer("其他状态稍后重发，约三天内共 10 次。With any other status it is sent again, 10 times in about three days."),
        },
        // Who is called checks the signature; there is no token.
        "security": [],
    });
    if let Some(document) = document.as_object_mut() {
        document.insert("webhooks".to_owned(), json!({"event": {"post": event}}));
    }
}

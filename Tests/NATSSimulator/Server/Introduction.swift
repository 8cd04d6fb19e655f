/// What a client has said of itself in CONNECT. Nothing that a server takes for granted is true of a missing field but `verbose`.
struct Introduction {
    var name = ""
    var verbose = true
    var echo = true
    var headers = false
    var noResponders = false
    var protocolVersion = 0
    var user: String?
    var password: String?
    var token: String?
    var jwt: String?

    init() {}

    /// Reads the fields of one flat object, as clients write it.
    init(json: [UInt8]) {
        let text = String(decoding: json, as: UTF8.self)
        func string(_ name: String) -> String? {
            guard let start = text.range(after: "\"\(name)\":\"") else { return nil }
            return String(text[start...].prefix { $0 != "\"" })
        }
        func flag(_ name: String, _ standard: Bool) -> Bool {
            guard let start = text.range(after: "\"\(name)\":") else { return standard }
            return text[start...].hasPrefix("true")
        }
        name = string("name") ?? ""
        verbose = flag("verbose", true)
        echo = flag("echo", true)
        headers = flag("headers", false)
        noResponders = flag("no_responders", false)
        protocolVersion = text.range(after: "\"protocol\":").map { text[$0...].hasPrefix("1") ? 1 : 0 } ?? 0
        user = string("user")
        password = string("pass")
        token = string("auth_token")
        jwt = string("jwt")
    }
}

extension String {
    /// The place behind the first `part`; nil when there is none.
    fileprivate func range(after part: String) -> String.Index? {
        let (whole, part) = (Array(utf8), Array(part.utf8))
        guard whole.count >= part.count else { return nil }
        for start in 0...(whole.count - part.count) where whole[start..<start + part.count].elementsEqual(part) {
            return utf8.index(utf8.startIndex, offsetBy: start + part.count)
        }
        return nil
    }
}

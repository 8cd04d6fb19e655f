/// Bytes between two frames that no client may pass over: it must leave the connection, and nothing that follows counts.
enum Garbage {
    static func make(_ dice: Dice) -> [UInt8] {
        if dice.isOne(in: 5) { return noise(dice) }
        return Array((dice.pick(of: texts) ?? "\0").utf8)
    }

    /// Random bytes that begin no frame, and a line's end.
    static func noise(_ dice: Dice) -> [UInt8] {
        [0x80] + (0..<dice.below(300)).map { _ in UInt8(dice.below(256)) } + [13, 10]
    }

    private static let texts = [
        "GET / HTTP/1.1\r\n\r\n",
        "hello\r\n",
        "PINGPONG\r\n",
        "\0\0\0\0\0\0\0\0",
        "MSG\r\n",
        "MSG kept.0\r\n",
        "MSG kept.0 1\r\n",
        "MSG kept.0 1 r s 1\r\nx\r\n",
        "MSG kept.0 1 -5\r\nhello\r\n",
        "MSG kept.0 1 five\r\nhello\r\n",
        "MSG kept.0 1 99999999999999999999\r\n",
        "MSG kept.0 1 4294967296\r\n",
        "MSG kept.0 1 2147483648\r\n",
        "MSG kept.0 1 3\r\nabcdef\r\n",
        "MSG kept.0 1 6\r\nabcdefgh",
        "HMSG kept.0 1 20 10\r\n",
        "HMSG kept.0 1 10\r\n",
        "HMSG kept.0 1 -1 10\r\n",
        "HMSG kept.0 1 4294967296 4294967297\r\n",
        "INFO {\r\n",
        "INFO [1]\r\n",
        "INFO {\"max_payload\":\"x\"\r\n",
        "-ER 'x'\r\n",
        "+KO\r\n",
        "MSG " + String(repeating: "a", count: 70_000),
    ]
}

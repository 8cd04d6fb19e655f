/// Streams that servers send, could send, or must not send.
enum Corpus {
    static let sound: [String] = [
        "INFO {\"server_id\":\"A\",\"max_payload\":1048576}\r\n+OK\r\nPING\r\nPONG\r\n",
        "MSG a 1 0\r\n\r\n",
        "MSG a.b 12 r.eply 5\r\nhello\r\nMSG a.b 12 5\r\nhello\r\n",
        "MSG bench.subject.a 1048577 128\r\n" + String(repeating: "x", count: 128) + "\r\nPING\r\n",
        "MSG foo 9 4\r\n\r\n\r\n\r\nMSG foo 9 6\r\nMSG 1 \r\n",
        "HMSG a 1 12 12\r\nNATS/1.0\r\n\r\n\r\n",
        "HMSG a 1 reply.to 23 28\r\nNATS/1.0\r\nName: v\r\n\r\n\r\nhello\r\n",
        "HMSG a 1 0 2\r\nhi\r\n",
        "HMSG _INBOX.x.y 3 30 30\r\nNATS/1.0 503 No Responders\r\n\r\n\r\n",
        "msg\ta  1 \t 2 \r\nok\r\nhMsG a\t1\t12  14\r\nNATS/1.0\r\n\r\nok\r\npInG \r\npong\t\r\n+ok\r\n",
        "-ERR 'Unknown Protocol Operation'\r\n-err   Stale Connection  \r\n-ERR\r\n-ERR ''\r\n",
        "MSG s nonumber 2\r\nok\r\nMSG s 99999999999999999999 2\r\nok\r\nMSG s 18446744073709551615 2\r\nok\r\n",
        "MSG " + String(repeating: "long.", count: 40) + "end 1234567890123 "
            + String(repeating: "reply.", count: 30) + "end 3\r\nabc\r\nPING\r\n",
        "MSG ünï.cødé 77 3\r\nabc\r\ninfo  {}  \r\n",
        "MSG a 1 00000000000000000000003\r\nabc\r\nMSG a 0000000000000000000000007 003\r\nabc\r\n",
    ]

    /// Each ends in an error.
    static let broken: [String] = [
        "HTTP/1.1 400 Bad Request\r\n", "\r\nPING\r\n", "SSH-2.0-OpenSSH\r\n", "PANG\r\n", "PINGX\r\n", "MSGa 1 1\r\n",
        "MSX a",
        "PING\nPONG\r\n", "PING\rPONG\r\n", "PING 1\r\n", "+OKAY\r\n", "-ERRor\r\n", "INFO{}\r\n", "\u{0}", "é",
        "MSG\r\n", "MSG a 1\r\n", "MSG a 1 r x 1\r\n", "MSG a 1 r 1 2 3 4 5\r\n", "HMSG a 1 1\r\n",
        "HMSG a 1 r 1 1 1\r\n",
        "MSG a 1 -1\r\n", "MSG a 1 +1\r\n", "MSG a 1 1x\r\nab\r\n", "MSG a 1 0x10\r\n",
        "MSG a 1 99999999999999999999999\r\n",
        "MSG a 1 9223372036854775807\r\n", "MSG a 1 18446744073709551615\r\n", "MSG a 1 67108865\r\n",
        "HMSG a 1 5 4\r\nabcd\r\n", "HMSG a 1 99999999 99999999\r\n", "HMSG a 1 -5 4\r\n",
        "HMSG a 1 18446744073709551617 18446744073709551616\r\n",
        "MSG a 1 2\r\nabc\r\n", "MSG a 1 2\r\nab\rx", "MSG a 1 2\r\nab\n\n", "MSG a 1 2\nab\r\n", "MSG a\r1 2\r\n",
        "MSG bench.subject.a 1048577 3\r\nabcd\r\nPING\r\nPING\r\nPING\r\n",
        "MSG bench.subject.a 1048577 67108865\r\nabcdefghij\r\n",
    ]
}

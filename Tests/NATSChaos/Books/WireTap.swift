import Synchronization
import TestSupport

/// Reads along at one proxy of a client, and keeps its books.
final class WireTap: ProxyTap {
    private struct Link {
        let id: Int32
        var upstream = FrameScanner()
        var downstream = FrameScanner()
        /// What WebSocket frames carry.
        var frames: (upstream: WebSocketUnframer, downstream: WebSocketUnframer)?
        /// The server's number of a subscription → `subject queue`.
        var subscriptions: [String: String] = [:]
        var isBroken = false
    }

    private static let lastID = Atomic<Int32>(0)

    private let client: String
    private let isWebSocket: Bool
    private let rows: RowBook?
    private let inbound: InboundBook
    private let verdict: Verdict
    private let links = Mutex<[Int: Link]>([:])

    init(client: String, isWebSocket: Bool, rows: RowBook?, inbound: InboundBook, verdict: Verdict) {
        self.client = client
        self.isWebSocket = isWebSocket
        self.rows = rows
        self.inbound = inbound
        self.verdict = verdict
    }

    func read(_ bytes: ArraySlice<UInt8>, _ direction: CuttingProxy.Direction, link number: Int) {
        let defect: String? = links.withLock { links in
            var link = links.removeValue(forKey: number) ?? makeLink()
            defer { links[number] = link }
            switch direction {
            case .clientToServer:
                var scanner = link.upstream
                link.upstream = FrameScanner()
                scanner.feed(link.frames?.upstream.feed(bytes) ?? bytes) { clientSaid($0, &link) }
                link.upstream = scanner
            case .serverToClient:
                var scanner = link.downstream
                link.downstream = FrameScanner()
                scanner.feed(link.frames?.downstream.feed(bytes) ?? bytes) { serverSaid($0, &link) }
                link.downstream = scanner
            }
            guard !link.isBroken, let defect = link.upstream.defect else { return nil }
            link.isBroken = true
            return defect
        }
        if let defect { verdict.violation("\(client) sent what isn't a frame: \(defect)") }
    }

    func closed(link number: Int) {
        guard let link = links.withLock({ $0.removeValue(forKey: number) }) else { return }
        rows?.closed(link: link.id)
        inbound.closed(link: link.id)
    }

    private func makeLink() -> Link {
        let frames = isWebSocket ? (upstream: WebSocketUnframer(), downstream: WebSocketUnframer()) : nil
        return Link(id: Self.lastID.add(1, ordering: .relaxed).newValue, frames: frames)
    }

    private func clientSaid(_ frame: FrameScanner.Frame, _ link: inout Link) {
        switch frame.verb {
        case "PUB":
            guard let rows, let row = Row(subject: frame.words[1], payload: frame.payload) else { return }
            rows.sent(row.number, link: link.id)
        case "PING": rows?.pinged(link: link.id)
        case "SUB":
            let queue = frame.words.count > 3 ? " " + frame.text(2) : ""
            link.subscriptions[frame.text(frame.words.count - 1)] = frame.text(1) + queue
        default: break
        }
    }

    private func serverSaid(_ frame: FrameScanner.Frame, _ link: inout Link) {
        switch frame.verb {
        case "PONG": rows?.ponged(link: link.id)
        case "MSG":
            guard frame.words.count >= 3, let subscription = link.subscriptions[frame.text(2)],
                let row = Row(subject: frame.words[1], payload: frame.payload)
            else { return }
            inbound.sent(row, to: subscription, link: link.id)
        default: break
        }
    }
}

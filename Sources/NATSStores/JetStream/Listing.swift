internal import NATSProtocol

/// Streams or consumers, or their names, in the order of the names.
///
///     for try await info in js.streams(matching: "orders.*") { print(info.configuration.name, info.state.messages) }
///
/// Each iteration asks anew, page by page as it goes on; names come 1024 at a time, infos 256. What is made or removed meanwhile may
/// be missing or come twice. What the servers know of and can't describe isn't in the sequence, but in its ``pages``.
///
/// - Throws: when iterated, ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/jetStreamUnavailable``; what `request` throws.
public struct Listing<Element: Sendable>: Sendable {
    /// An answer of the server.
    public struct Page: Sendable {
        /// Those that this page describes.
        public internal(set) var elements: [Element] = []
        /// Those that didn't say in time how they are: their servers are down, or busy. Only with infos, and in a cluster.
        public internal(set) var missing: [String] = []
        /// Those that can't work, and why. They are among the ``missing``. Server 2.12.
        public internal(set) var offline: [String: String] = [:]
        /// How many there are on all pages.
        public internal(set) var total = 0
    }

    /// The answer from this offset on, and how many it covers.
    let load: @Sendable (_ offset: Int) async throws -> (page: Page, count: Int)

    /// The same, page by page.
    public var pages: Pages { Pages(load: load) }

    /// All pages as one.
    public func all() async throws -> Page {
        var all = Page()
        for try await page in pages {
            all.elements += page.elements
            all.missing += page.missing
            all.offline.merge(page.offline) { _, new in new }
            all.total = page.total
        }
        return all
    }
}

extension Listing: AsyncSequence {
    /// Goes over the elements of all pages.
    public struct Iterator: AsyncIteratorProtocol {
        private var pages: Pages.Iterator
        private var elements: [Element] = []
        private var position = 0

        init(_ pages: Pages.Iterator) { self.pages = pages }

        public mutating func next() async throws -> Element? {
            while position == elements.count {
                guard let page = try await pages.next() else { return nil }
                elements = page.elements
                position = 0
            }
            defer { position += 1 }
            return elements[position]
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(pages.makeAsyncIterator()) }

    /// The pages of a listing. There is at least one.
    public struct Pages: AsyncSequence, Sendable {
        let load: @Sendable (_ offset: Int) async throws -> (page: Page, count: Int)

        public func makeAsyncIterator() -> Iterator { Iterator(load: load) }

        /// Asks for page after page.
        public struct Iterator: AsyncIteratorProtocol {
            let load: @Sendable (_ offset: Int) async throws -> (page: Page, count: Int)
            private var offset: Int? = 0

            init(load: @escaping @Sendable (_ offset: Int) async throws -> (page: Page, count: Int)) { self.load = load }

            public mutating func next() async throws -> Page? {
                guard let start = offset else { return nil }
                let (page, count) = try await load(start)
                let end = start + count
                offset = count > 0 && end < page.total ? end : nil
                return page
            }
        }
    }
}

/// `STREAM.NAMES`, `STREAM.LIST`, `CONSUMER.NAMES` and `CONSUMER.LIST` answer alike.
struct PageReply<Element: JSONValue & Hashable>: JSONObject {
    var elements: [Element] = []
    var missing: [String] = []
    var offline: [String: String] = [:]
    var total = 0

    static var fields: [JSONField<PageReply>] {
        [
            .field("streams", \.elements, unless: []), .field("consumers", \.elements, unless: []),
            .field("missing", \.missing, unless: []), .field("offline", \.offline, unless: [:]),
            .field("total", \.total, unless: 0),
        ]
    }
}

extension JetStream {
    /// A listing that calls `subject`. `name` names an element: an info may stand in a page although its name is missing, and the
    /// server counts it once.
    func listing<Element: JSONValue & Hashable>(
        _ subject: String, matching filter: String? = nil, concerns: String? = nil,
        name: @escaping @Sendable (Element) -> String
    ) -> Listing<Element> {
        Listing { offset in
            let request = PageRequest(offset: offset, subject: filter)
            let reply: PageReply<Element> = try await call(subject, request.json, concerns: concerns)
            let page = Listing<Element>.Page(
                elements: reply.elements, missing: reply.missing, offline: reply.offline, total: reply.total)
            return (page, Set(reply.elements.map(name)).union(reply.missing).count)
        }
    }
}

extension Headers: Sequence {
    public typealias Element = (name: String, value: String)

    /// Walks the headers in their order; each step makes the two strings.
    public struct Iterator: IteratorProtocol {
        private let headers: Headers
        private var offset = 0

        internal init(_ headers: Headers) {
            self.headers = headers
        }

        public mutating func next() -> (name: String, value: String)? {
            let headers = self.headers
            let view = headers.view
            var fields = view.fields
            if offset > 0 { fields.skip(to: offset) }
            guard let field = fields.next() else {
                offset = headers.block.count
                return nil
            }
            offset = field.lines.upperBound
            return (view.name(of: field), view.value(of: field))
        }
    }

    public func makeIterator() -> Iterator {
        Iterator(self)
    }

    /// Always 0: the count costs a walk over the block, see ``count``.
    public var underestimatedCount: Int { 0 }
}

extension Headers: ExpressibleByDictionaryLiteral {
    /// `["Trace": id, "Tag": "eu", "Tag": "vip"]`: the order and repeated names are kept.
    ///
    /// A literal can't throw. A header that can't be written is left out and remembered in `defect`, which publishing
    /// throws.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements {
            do throws(HeaderError) { try append(name, value) } catch { defect = defect ?? error }
        }
    }
}

extension Headers: CustomStringConvertible {
    /// All headers, one per line, after the status if there is one.
    public var description: String {
        var lines = map { "\($0.name): \($0.value)" }
        if let status { lines.insert("\(status.code) \(status.description)", at: 0) }
        return lines.joined(separator: "\n")
    }
}

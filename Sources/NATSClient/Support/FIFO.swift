/// First in, first out, in one array. Each operation is constant time, amortised; memory is kept for the next ones.
struct FIFO<Element: BitwiseCopyable> {
    private static var compactedMin: Int { 64 }

    private var elements: [Element] = []
    /// Where the oldest element stands; those before it are gone.
    private var head = 0

    var count: Int { elements.count &- head }
    var isEmpty: Bool { head == elements.count }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        head &+= 1
        if head == elements.count {
            removeAll()
        } else if head >= Self.compactedMin, head &* 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        head = 0
    }

    /// Linear.
    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        elements.removeFirst(head)
        head = 0
        elements.removeAll(where: isUnwanted)
    }
}

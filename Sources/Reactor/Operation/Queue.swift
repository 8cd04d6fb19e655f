/// A first-in first-out list whose storage is reused: allocation-free once it has grown.
struct Queue<Element>: ~Copyable {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var first: Element? { head < elements.count ? elements[head] : nil }
    var count: Int { elements.count - head }

    mutating func append(_ element: consuming Element) { elements.append(element) }

    /// Puts an element back that was the first.
    mutating func prepend(_ element: consuming Element) {
        if head > 0 {
            head -= 1
            elements[head] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1024, head * 2 >= elements.count {
            // A queue that never runs empty must not grow for ever.
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}

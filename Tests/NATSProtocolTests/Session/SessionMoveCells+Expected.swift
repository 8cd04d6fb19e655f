extension MoveCells {
    static let expected: [State: [Event: String]] = [:]
}

/// What a timer of the loop is for.
enum TimerTarget {
    case handler(any TimerHandler)
    /// Stagger and deadline of an attempt to connect.
    case connect(ConnectID)
}

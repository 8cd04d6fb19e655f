/// What to do with a message that came for a sid. `index` is the subscription's slot.
@usableFromInline
package enum MessageDelivery: Equatable, Sendable {
    /// Hand it to the subscription.
    case deliver(index: Int)
    /// Hand it to the subscription; it is the last one, and the subscription is gone (an action tells so).
    case deliverLast(index: Int)
    /// Nobody is subscribed under this sid (any more).
    case ignored
}

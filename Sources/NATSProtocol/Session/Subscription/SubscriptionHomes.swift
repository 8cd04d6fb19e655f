/// The links whose server has a subscription, or had it and may still send for it.
struct SubscriptionHomes: OptionSet, Hashable {
    let rawValue: UInt8

    static let present = SubscriptionHomes(rawValue: 1)
    static let successor = SubscriptionHomes(rawValue: 2)

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(_ role: LinkRole) {
        switch role {
        case .present: self = .present
        case .successor: self = .successor
        }
    }
}

/// Who a connection is to the server, and what it may do. See ``NATSConnection/userInfo(timeout:)``.
public struct UserInfo: Hashable, Sendable {
    /// The user: its name, or its public key when it authenticates by NKey or JWT.
    public internal(set) var user = ""
    /// The account: its name, or its public key in operator mode.
    public internal(set) var account = ""
    /// The name of the user's JWT, for people. Server 2.14 or later.
    public internal(set) var userName: String?
    /// The name of the account's JWT, for people. Server 2.14 or later.
    public internal(set) var accountName: String?
    /// What the user may do; `nil`: everything.
    public internal(set) var permissions: Permissions?
    /// How long the credentials are still valid, in whole seconds; `nil`: without end.
    public internal(set) var expiresIn: Duration?
    /// The name of the server that answered.
    public internal(set) var serverName = ""

    init() {}

    /// What a user may do.
    public struct Permissions: Hashable, Sendable {
        /// Where it may publish to.
        public internal(set) var publish = Subjects()
        /// What it may subscribe to. Behind a blank stands the queue group that a pattern is for.
        public internal(set) var subscribe = Subjects()
        /// What it may publish in response to messages, besides ``publish``; `nil`: nothing.
        public internal(set) var responses: Responses?

        init() {}
    }

    /// Patterns of subjects.
    public struct Subjects: Hashable, Sendable {
        /// What is allowed; empty: everything that isn't denied.
        public internal(set) var allow: [String] = []
        /// What is denied, also of what is allowed.
        public internal(set) var deny: [String] = []

        init() {}
    }

    /// The right to respond to the reply subjects of received messages (`allow_responses`).
    public struct Responses: Hashable, Sendable {
        /// How many responses to one message; 0 or less: any number.
        public internal(set) var maximumMessages = 0
        /// How long after the message; zero or less: without end.
        public internal(set) var timeLimit = Duration.zero

        init() {}
    }
}

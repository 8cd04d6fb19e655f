// swift-tools-version: 6.2
import PackageDescription

/// The strictest settings that the compiler offers, for every Swift target.
let strictSettings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0458-strict-memory-safety.md
    .strictMemorySafety(),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0470-isolated-conformances.md
    .enableUpcomingFeature("InferIsolatedConformances"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0446-non-escapable.md
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "swift-nats",
    products: [
        .library(name: "Reactor", targets: ["Reactor"]),
        .library(name: "NATSProtocol", targets: ["NATSProtocol"]),
        .library(name: "NATSClient", targets: ["NATSClient"]),
        .library(name: "NATSStores", targets: ["NATSStores"]),
        .library(name: "NATSFoundation", targets: ["NATSFoundation"]),
    ],
    traits: [
        .trait(
            name: "IOUring",
            description: "The io_uring backend of the reactor (links liburing). Without it: epoll only."),
        .trait(
            name: "WebSocketCompression",
            description: "permessage-deflate for ws:// and wss:// (links zlib). Without it: no compression."),
        .default(enabledTraits: ["IOUring"]),
    ],
    targets: [
        // C: what Swift can't import. No logic.
        .target(name: "CReactor"),
        .target(name: "CNATSBytes"),
        .systemLibrary(name: "CLiburing", pkgConfig: "liburing", providers: [.apt(["liburing-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Sockets, timers and buffers; knows bytes.
        .target(
            name: "Reactor",
            dependencies: [
                "CReactor",
                "COpenSSL",
                .target(name: "CLiburing", condition: .when(platforms: [.linux], traits: ["IOUring"])),
                .target(name: "CZlib", condition: .when(traits: ["WebSocketCompression"])),
            ],
            swiftSettings: strictSettings),

        // Frames and the session machine; pure.
        .target(name: "NATSProtocol", dependencies: ["CNATSBytes"], swiftSettings: strictSettings),

        // Drives the machine on the reactor.
        .target(name: "NATSClient", dependencies: ["Reactor", "NATSProtocol"], swiftSettings: strictSettings),

        // JetStream, key-value, object store.
        .target(name: "NATSStores", dependencies: ["NATSClient"], swiftSettings: strictSettings),

        // Codable values as JSON, and Data: for those who can afford Foundation, which nothing above loads.
        .target(name: "NATSFoundation", dependencies: ["NATSClient", "NATSStores"], swiftSettings: strictSettings),

        // Programs for people: the demo, one example for each idea, and the README's samples. With the settings that a
        // user's package has by default, since their code is to be copied.
        .executableTarget(name: "ingestion-demo", dependencies: ["NATSClient"], path: "Examples/IngestionDemo"),
        .executableTarget(name: "example-publish", dependencies: ["NATSClient"], path: "Examples/Publish"),
        .executableTarget(name: "example-subscribe", dependencies: ["NATSClient"], path: "Examples/Subscribe"),
        .executableTarget(name: "example-queue-group", dependencies: ["NATSClient"], path: "Examples/QueueGroup"),
        .executableTarget(name: "example-request-reply", dependencies: ["NATSClient"], path: "Examples/RequestReply"),
        .executableTarget(name: "example-latency-probe", dependencies: ["NATSClient"], path: "Examples/LatencyProbe"),
        .executableTarget(
            name: "snippets", dependencies: ["NATSClient", "NATSFoundation", "NATSStores"], path: "Examples/Snippets"),

        // Tests.
        .target(name: "CTestSupport", path: "Tests/CTestSupport"),
        .target(
            name: "TestSupport", dependencies: ["CTestSupport"], path: "Tests/TestSupport",
            swiftSettings: strictSettings),
        .testTarget(name: "ReactorTests", dependencies: ["Reactor", "TestSupport"], swiftSettings: strictSettings),
        .testTarget(
            name: "ReactorContractTests", dependencies: ["Reactor", "TestSupport"], swiftSettings: strictSettings),
        .testTarget(
            name: "NATSProtocolTests", dependencies: ["NATSProtocol", "TestSupport"], swiftSettings: strictSettings),
        .testTarget(name: "BoundaryTests", dependencies: ["NATSProtocol"], swiftSettings: strictSettings),
        // Cuts public calls short that wait.
        .target(
            name: "AwaitPointKit", dependencies: ["NATSClient", "Reactor", "TestSupport"], path: "Tests/AwaitPointKit",
            swiftSettings: strictSettings),
        .testTarget(
            name: "NATSClientTests", dependencies: ["AwaitPointKit", "NATSClient", "NATSFoundation", "TestSupport"],
            swiftSettings: strictSettings),
        .testTarget(
            name: "NATSStoresTests", dependencies: ["AwaitPointKit", "NATSFoundation", "NATSStores", "TestSupport"],
            swiftSettings: strictSettings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["NATSClient", "NATSFoundation", "NATSSimulator", "NATSStores", "TestSupport"],
            swiftSettings: strictSettings),
        // Counts allocations; only for the executable that checks them.
        .target(name: "CMallocCounter", path: "Tests/CMallocCounter"),
        .executableTarget(
            name: "allocation-check", dependencies: ["NATSClient", "NATSStores", "TestSupport", "CMallocCounter"],
            path: "Tests/AllocationCheck", swiftSettings: strictSettings),
        // Repeats every public call and counts what it leaves behind.
        .executableTarget(
            name: "soak", dependencies: ["NATSClient", "Reactor", "TestSupport", "CMallocCounter"], path: "Tests/Soak",
            swiftSettings: strictSettings),
        // The client on a real cluster in which things break.
        .target(
            name: "NATSChaos", dependencies: ["NATSClient", "NATSProtocol", "NATSStores", "Reactor", "TestSupport"],
            path: "Tests/NATSChaos", swiftSettings: strictSettings),
        .executableTarget(
            name: "chaos", dependencies: ["NATSChaos"], path: "Tests/Chaos", swiftSettings: strictSettings),
        .testTarget(
            name: "ChaosTests", dependencies: ["NATSChaos", "TestSupport"], swiftSettings: strictSettings),
        // The whole client in a simulated world.
        .target(
            name: "NATSSimulator", dependencies: ["NATSClient", "NATSProtocol", "NATSStores", "Reactor"],
            path: "Tests/NATSSimulator",
            swiftSettings: strictSettings),
        .executableTarget(
            name: "simulate", dependencies: ["NATSSimulator"], path: "Tests/Simulate", swiftSettings: strictSettings),
        // Defects for the simulator to find.
        .target(name: "MutationKit", path: "Tests/MutationKit", swiftSettings: strictSettings),
        .executableTarget(
            name: "mutate", dependencies: ["MutationKit"], path: "Tests/Mutate", swiftSettings: strictSettings),
        .executableTarget(
            name: "hunt", dependencies: ["NATSSimulator"], path: "Tests/Hunt", swiftSettings: strictSettings),
        .testTarget(
            name: "SimulationTests", dependencies: ["NATSSimulator"], swiftSettings: strictSettings),
        // What the fuzzers run, and the program that they are: Scripts/fuzz builds it with a sanitizer.
        .target(
            name: "FuzzTargets", dependencies: ["NATSClient", "NATSProtocol", "NATSStores", "Reactor"],
            path: "Tests/FuzzTargets", exclude: ["Corpus"], swiftSettings: strictSettings),
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz", swiftSettings: strictSettings),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets", "NATSProtocol"], swiftSettings: strictSettings),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"], swiftSettings: strictSettings),
        .testTarget(name: "TidyTests", dependencies: ["MutationKit", "TestSupport"], swiftSettings: strictSettings),
    ],
    swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what the benchmarks need never reaches users of the library.

/// As in the library's Package.swift.
let strictSettings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableExperimentalFeature("Lifetimes"),
]

/// Makes a target see the library's `package` declarations: SwiftPM names that scope after the checkout's folder.
let libraryScope = Context.packageDirectory.split(separator: "/").dropLast().last.map(String.init) ?? "swift-nats"
let librarySettings: [SwiftSetting] = [
    .unsafeFlags([
        "-package-name",
        String(libraryScope.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }),
    ])
]

let library = Target.Dependency.product(name: "NATSClient", package: "swift-nats")
let stores = Target.Dependency.product(name: "NATSStores", package: "swift-nats")

let package = Package(
    name: "swift-nats-benchmarks",
    dependencies: [
        .package(name: "swift-nats", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
    ],
    targets: [
        .executableTarget(
            name: "nats-bench",
            dependencies: [
                library, stores, "CBenchProcess",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strictSettings),
        // C: clocks, usage and the counter of allocations. Only for the executable.
        .target(name: "CBenchProcess"),
        .testTarget(name: "NATSBenchTests", dependencies: ["nats-bench"], swiftSettings: strictSettings),
        // The fixed workloads whose instructions `Benchmarks/instructions` counts.
        .executableTarget(
            name: "instruction-probe",
            dependencies: [library, .product(name: "NATSProtocol", package: "swift-nats")],
            packageAccess: false, swiftSettings: strictSettings + librarySettings),
        // What `Benchmarks/idle` looks at: nothing but the library.
        .executableTarget(name: "idle-probe", dependencies: [library], swiftSettings: strictSettings),
    ],
    swiftLanguageModes: [.v6]
)

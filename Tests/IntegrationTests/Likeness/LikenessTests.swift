import Foundation
import NATSClient
import NATSSimulator
import TestSupport
import Testing

/// The simulator's model of a server says what a real one says.
///
/// A difference is a mistake of the model: lives in it prove nothing about real servers then.
@Suite("The model of nats-server is like it") struct LikenessTests {
    private static let settings: ModelServerSettings = {
        var settings = ModelServerSettings()
        settings.maximumPayload = 1_000
        settings.maximumControlLine = 1_024
        settings.maximumSubscriptions = 6
        settings.users = ["likeness": "secret"]
        return settings
    }()

    private static let options = NATSServerOptions.with {
        $0.user = "likeness"
        $0.password = "secret"
        $0.permissions =
            "publish: { deny: [\"\(ModelCluster.deniedPublishes)\"] }, subscribe: { deny: [\"\(ModelCluster.deniedSubscriptions)\"] }"
        $0.maximumPayload = settings.maximumPayload
        $0.lameDuckDuration = .seconds(30)
        $0.lameDuckGracePeriod = .seconds(1)
        $0.extraConfiguration = "max_control_line: 1024\nmax_subscriptions: 6"
    }

    /// One server for all: each script has connections of its own, and the last one ends the server.
    @Test("on one server") func onOneServer() async throws {
        try await withNATSServer(Self.options) { server in
            for script in LikenessScript.onOneServer {
                let model = try await ModelPeer(Self.settings).transcripts(of: script)
                let real = try await RealPeer(server: server).transcripts(of: script)
                expectSame(model, real, script.name)
                #expect(real.values.allSatisfy { $0.lines.count > 1 }, "\(script.name)")
            }
        }
    }

    /// Names what differs, since transcripts are long.
    private func expectSame(_ model: [Int: Transcript], _ real: [Int: Transcript], _ name: String) {
        for (number, said) in real.sorted(by: { $0.key < $1.key }) {
            let modelSaid = model[number]?.lines ?? []
            for (index, line) in said.lines.enumerated() where index >= modelSaid.count || modelSaid[index] != line {
                let other = modelSaid.dropFirst(index).first ?? "nothing"
                Issue.record("\(name), connection \(number): nats-server says '\(line)', the model '\(other)'")
                break
            }
            #expect(modelSaid.count <= said.lines.count, "\(name): the model also says \(modelSaid.dropFirst(said.lines.count))")
        }
    }

    @Test("in a cluster", arguments: LikenessScript.inACluster)
    func inACluster(_ script: LikenessScript) async throws {
        let model = try await ModelPeer(serverCount: 2, ModelServerSettings()).transcripts(of: script)
        let real = try await withNATSCluster(of: 2) { cluster in
            try await RealPeer(server: cluster[0], neighbour: cluster[1]).transcripts(of: script)
        }
        expectSame(model, real, "")
    }

    @Test("credentials that end")
    func credentialsThatEnd() async throws {
        func script(_ jwt: String) -> LikenessScript {
            LikenessScript(
                name: "credentials that end",
                steps: [
                    .open(0), .say(0, LikenessScript.introduction(#","jwt":"\#(jwt)""#, user: nil)), .say(0, "PING\r\n"),
                    .sayUntil(0, "", end: "-ERR"), .say(0, ""),
                ])
        }
        var settings = ModelServerSettings()
        settings.wantsJWT = true
        let peer = ModelPeer(settings)
        let model = try await peer.transcripts(of: script(peer.cluster.issueCredentials(lifetimeSeconds: 3)))
        let mode = try OperatorMode()
        let user = try NKey.generate(.user)
        let real = try await withNATSServer(mode.serverOptions()) { server in
            let jwt = try mode.userJWT(user, isBearer: true, expiresAt: Int(Date().timeIntervalSince1970) + 3)
            return try await RealPeer(server: server).transcripts(of: script(jwt))
        }
        expectSame(model, real, "")
    }
}

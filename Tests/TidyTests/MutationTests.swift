import Foundation
import MutationKit
import TestSupport
import Testing

/// The defects of the mutation run fit the client as it is. Whether they are caught is for `Scripts/mutate` to say.
@Suite struct MutationTests {
    private let set: MutationSet

    init() throws { set = try MutationSet(folder: URL(fileURLWithPath: Repository.root + "/Tests/Mutations")) }

    @Test func everyMutationAppliesExactlyOnce() throws {
        for path in set.paths.sorted() {
            let text = try String(contentsOfFile: Repository.root + "/" + path, encoding: .utf8)
            #expect(try set.switchable(text, at: path) != text)
        }
    }

    @Test func everyInvariantOfTheDesignIsBrokenBySome() {
        #expect(Set(set.mutations.map(\.invariant)) == Set(1...7))
        #expect(set.mutations.count >= 25)
        #expect(Set(set.mutations.map(\.title)).count == set.mutations.count)
    }

    @Test func aPlaceThatIsGoneOrThereTwiceIsAnError() throws {
        let text = "title: t\npain point: P1\ninvariant: 1\n\nin A.swift\n    f(«x», y)\nbecomes\n    z\n"
        let edit = try #require(try Mutation(name: "m", text: text).edits.first)
        let site = try MutationSite(of: edit, named: "m", in: "a()\nf( x,\n  y)")
        #expect(!site.isStatement)
        #expect(throws: MutationError.self) { try MutationSite(of: edit, named: "m", in: "f(x, z)") }
        #expect(throws: MutationError.self) { try MutationSite(of: edit, named: "m", in: "f(x, y); f(x, y)") }
    }
}

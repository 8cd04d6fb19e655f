import FuzzTargets
import NATSProtocol
import Testing

/// Everything that the fuzzers have found or were given, once more: what was mended stays mended.
@Suite struct CorpusTests {
    static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        + "/FuzzTargets/Corpus"

    @Test(arguments: FuzzRegistry.names)
    func everyInputOfTheCorpusHoldsWhatIsClaimed(_ name: String) throws {
        let target = try #require(FuzzRegistry.target(named: name))
        let corpus = try Corpus(of: target, in: Self.folder)
        #expect(corpus.inputs.count >= 5, "a corpus of \(corpus.inputs.count) inputs shows nothing")
        for input in corpus.inputs {
            do throws(FuzzFinding) {
                try target.run(input.span)
            } catch {
                Issue.record("\(error)\n\(Corpus.line(input))")
            }
        }
    }

    /// What fuzzers do first: cut, doubled and changed inputs. A taste of it in every run of the tests.
    @Test(arguments: FuzzRegistry.names)
    func inputsThatAreNearlyThoseOfTheCorpusHoldItToo(_ name: String) throws {
        let target = try #require(FuzzRegistry.target(named: name))
        var random = RandomSource(seed: 1)
        for input in try Corpus(of: target, in: Self.folder, files: ["seeds.txt", "findings.txt"]).inputs {
            for _ in 0..<20 {
                let changed = Self.change(input, &random)
                do throws(FuzzFinding) {
                    try target.run(changed.span)
                } catch {
                    Issue.record("\(error)\n\(Corpus.line(changed))")
                }
            }
        }
    }

    private static func change(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        guard !input.isEmpty else { return [UInt8(truncatingIfNeeded: random.next())] }
        var changed = input
        let place = Int(random.next(below: UInt64(input.count)))
        switch random.next(below: 4) {
        case 0: changed.removeSubrange(place...)
        case 1: changed[place] ^= 1 << UInt8(random.next(below: 8))
        case 2: changed.remove(at: place)
        default: changed.insert(contentsOf: input[..<place].suffix(8), at: place)
        }
        return changed
    }

    @Test func everyFolderOfTheCorpusBelongsToATarget() throws {
        for target in FuzzRegistry.targets {
            #expect(target.name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }, "\(target.name)")
        }
        #expect(Set(FuzzRegistry.names).count == FuzzRegistry.targets.count)
    }

    @Test func aLineOfTheCorpusComesBackAsTheSameBytes() {
        let all = [UInt8](0...255)
        for input in [all, Array(" x ".utf8), Array("# no comment".utf8), Array(#"\\r"#.utf8), []] {
            #expect(Corpus.input(Corpus.line(input)) == input)
            #expect(Corpus.line(input).utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        }
        #expect(Corpus.input(#"\q"#) == nil)
        #expect(Corpus.input(#"\x0"#) == nil)
        #expect(Corpus.input(#"a\"#) == nil)
    }
}

import ProtocolModel
import Testing

@Suite("The protocol keeps its promises", .timeLimit(.minutes(2)))
struct ProtocolTests {
    /// What goes wrong together, at a size that is explored whole.
    enum FaultMix: String, CaseIterable, CustomTestStringConvertible {
        case deaths = "workers die and freeze"
        case repeats = "publishing fails, clients ask again, a worker dies"
        case interruptions = "the event is paused, the shard handed over, workers die and freeze"
        case alarm = "the broker blocks publishers, publishing fails, workers die and freeze"
        case surrenders = "commands are given up, workers die and freeze"
        case deletion = "the event is closed and its queue deleted, a worker dies"

        var testDescription: String { rawValue }

        var scenario: Scenario {
            switch self {
            case .deaths:
                Scenario {
                    $0.commands = 4
                    $0.allowance = Allowance { ($0.deaths, $0.freezes) = (2, 1) }
                }
            case .repeats:
                Scenario {
                    $0.ingresses = 2
                    $0.allowance = Allowance {
                        ($0.failedPublishes, $0.repeats, $0.deaths) = (1, 1, 1)
                    }
                }
            case .interruptions:
                Scenario {
                    $0.allowance = Allowance {
                        ($0.pauses, $0.handOvers, $0.deaths, $0.freezes) = (1, 1, 1, 1)
                    }
                }
            case .alarm:
                Scenario {
                    $0.allowance = Allowance {
                        ($0.alarms, $0.failedPublishes, $0.deaths, $0.freezes) = (1, 1, 1, 1)
                    }
                }
            case .surrenders:
                Scenario {
                    $0.allowance = Allowance {
                        ($0.surrenders, $0.deaths, $0.freezes) = (2, 1, 1)
                    }
                }
            case .deletion:
                Scenario {
                    ($0.commands, $0.ingresses) = (2, 2)
                    $0.allowance = Allowance {
                        ($0.deletions, $0.failedPublishes, $0.deaths) = (2, 1, 1)
                    }
                }
            }
        }
    }

    @Test(
        "no promise is broken in any state, and every state can drain, when",
        arguments: FaultMix.allCases)
    func rightProtocol(_ mix: FaultMix) throws {
        let start = ContinuousClock.now
        var explorer = Explorer(mix.scenario)
        let exploration = explorer.explore()
        print(
            "\(mix.rawValue): \(exploration.states) states, \(exploration.steps) steps,",
            "depth \(exploration.depth), \(ContinuousClock.now - start)")
        if let counterexample = exploration.counterexample { Issue.record("\(counterexample)") }
        #expect(exploration.isWhole)
        #expect(exploration.states > 10_000)
    }
    @Test("every kind of step is taken in one mix or another, or the rest would say nothing")
    func everythingHappens() {
        var timesTaken: [String: Int] = [:]
        for mix in FaultMix.allCases {
            var scenario = mix.scenario
            scenario.commands = 2
            var explorer = Explorer(scenario)
            for (step, times) in explorer.explore().timesTaken {
                timesTaken[Self.kind(of: step), default: 0] += times
            }
        }
        #expect(timesTaken.filter { $0.value == 0 } == [:])
    }

    /// The name of its case, whoever takes it.
    private static func kind(of step: Step) -> String {
        Mirror(reflecting: step).children.first?.label ?? "\(step)"
    }
}

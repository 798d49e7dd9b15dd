import ProtocolModel
import Testing

@Suite("Holds lapse in the line, by the database's clock", .timeLimit(.minutes(2)))
struct HoldTests {
    /// What is asked for, and what goes wrong meanwhile, at a size that is explored whole.
    enum Mix: String, CaseIterable, CustomTestStringConvertible {
        case lapse = "A is held and confirmed, B wants its unit"
        case two = "A and B are held, and one tick is for both, a worker dies"
        case takeover = "A is held and confirmed, B wants its unit, a worker dies"
        case freeze = "A is held and confirmed, a worker freezes"
        case alarm = "A is held and confirmed, the broker blocks publishers, a worker dies"
        case unheard = "A is held and confirmed, publishing fails"
        case renewal = "A is held, extended and confirmed"
        case cancellation = "A is held and cancelled, B wants its unit, a client asks again"

        var testDescription: String { rawValue }

        var scenario: Scenario {
            Scenario {
                $0.requests = requests
                if self != .lapse { $0.timeMax = 2 }
                switch self {
                case .lapse, .renewal: break
                case .two: ($0.stock, $0.allowance.deaths) = (2, 1)
                case .takeover: $0.allowance.deaths = 1
                case .freeze: $0.allowance.freezes = 1
                case .alarm: ($0.allowance.alarms, $0.allowance.deaths) = (1, 1)
                case .unheard: $0.allowance.failedPublishes = 1
                case .cancellation: $0.allowance.repeats = 1
                }
            }
        }

        private var requests: [Request] {
            switch self {
            case .lapse, .takeover: [.hold(0), .confirm(0), .hold(1)]
            case .two: [.hold(0), .hold(1)]
            case .freeze, .alarm, .unheard: [.hold(0), .confirm(0)]
            case .renewal: [.hold(0), .extend(0), .confirm(0)]
            case .cancellation: [.hold(0), .cancel(0), .hold(1)]
            }
        }
    }

    /// More would cost CI more than it should.
    private static let statesMax = 1_000_000

    @Test(
        "no promise is broken in any state, and what has lapsed expires, when",
        arguments: Mix.allCases)
    func rightProtocol(_ mix: Mix) throws {
        let start = ContinuousClock.now
        var explorer = Explorer(mix.scenario)
        let exploration = explorer.explore(statesMax: Self.statesMax)
        print(
            "\(mix.rawValue): \(exploration.states) states, \(exploration.steps) steps,",
            "depth \(exploration.depth), \(ContinuousClock.now - start)")
        if let counterexample = exploration.counterexample { Issue.record("\(counterexample)") }
        #expect(exploration.isWhole)
        #expect(exploration.states > 1_000)
    }

    @Test("every step that time brings is taken in one mix or another")
    func everythingHappens() {
        var taken: Set<String> = []
        for mix in Mix.allCases {
            var scenario = mix.scenario
            scenario.requests = [.hold(0)]
            var explorer = Explorer(scenario)
            for (step, times) in explorer.explore(statesMax: Self.statesMax).timesTaken
            where times > 0 { taken.insert(Self.kind(of: step)) }
        }
        let wanted: Set = [
            Self.kind(of: .stepClock), "publishTick", "arriveTick", Self.kind(of: .arriveLateTick),
            "blockTick", "failTick", "expireDirectly",
        ]
        #expect(wanted.subtracting(taken).isEmpty)
    }

    private static func kind(of step: Step) -> String {
        Mirror(reflecting: step).children.first?.label ?? "\(step)"
    }
}

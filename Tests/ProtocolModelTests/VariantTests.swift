import ProtocolModel
import Testing

@Suite("Each bug that was planted or found breaks a promise", .timeLimit(.minutes(2)))
struct VariantTests {
    /// A variant, the size at which it shows, and the promise it breaks; `nil` when it breaks none.
    struct Trial: CustomTestStringConvertible {
        let variant: Variant
        let breaks: Violation?
        let scenario: Scenario

        var testDescription: String { variant.description }

        init(
            _ variant: Variant, breaks violation: Violation?, commands: Int = 2,
            ingresses: Int = 1, _ change: (inout Allowance) -> Void = { _ in }
        ) {
            self.variant = variant
            breaks = violation
            scenario = Scenario {
                $0.variant = variant
                ($0.commands, $0.ingresses) = (commands, ingresses)
                $0.allowance = Allowance(change)
            }
        }

        init(
            _ variant: Variant, breaks violation: Violation?, requests: [Request],
            timeMax: UInt8 = 2, _ change: (inout Allowance) -> Void = { _ in }
        ) {
            self.variant = variant
            breaks = violation
            scenario = Scenario {
                $0.variant = variant
                ($0.requests, $0.timeMax) = (requests, timeMax)
                $0.allowance = Allowance(change)
            }
        }
    }

    private static let disorder = Violation.outOfOrder([], before: [])
    private static let overtaking = Violation.confirmationOvertaken([])
    private static let loss = Violation.acceptedIsLost([])

    static func trial(of variant: Variant) -> Trial {
        switch variant {
        case .acknowledgesBeforeCommit: Trial(variant, breaks: .acknowledgedTooEarly([]))
        case .announcesBeforeCommit: Trial(variant, breaks: .announcedTooEarly([]))
        case .cancelsAtHandOver: Trial(variant, breaks: disorder, commands: 3) { $0.handOvers = 1 }
        case .cancelsAtPause: Trial(variant, breaks: disorder, commands: 3) { $0.pauses = 1 }
        case .givesBackByReject: Trial(variant, breaks: disorder)
        case .hasNoFence: Trial(variant, breaks: .committedUnderStaleEpoch) { $0.freezes = 1 }
        case .hasNoUniqueKey: Trial(variant, breaks: .decidedTwice([])) { $0.repeats = 1 }
        case .keepsLedgerAfterUnknownCommit:
            Trial(variant, breaks: .acknowledgedTooEarly([])) { $0.deaths = 1 }
        case .prefetchShrinks: Trial(variant, breaks: disorder) { $0.deaths = 2 }
        case .hasSeveralConsumers: Trial(variant, breaks: disorder, commands: 3) { $0.freezes = 1 }
        case .stopsAtAlarm: Trial(variant, breaks: .cannotDrain) { $0.alarms = 1 }
        case .keepsHalfSentBatch: Trial(variant, breaks: .cannotDrain) { $0.deaths = 1 }
        case .buriesWithoutFence:
            Trial(variant, breaks: .buriedAndApplied([])) { ($0.surrenders, $0.deaths) = (1, 1) }
        case .deletesWithoutUnbinding: Trial(variant, breaks: loss) { $0.deletions = 1 }
        case .publishesWithoutMandatory:
            Trial(variant, breaks: loss) { ($0.deletions, $0.failedPublishes) = (1, 1) }
        case .neverLooksUpAtFirst:
            Trial(variant, breaks: nil, ingresses: 2) {
                ($0.repeats, $0.deaths, $0.failedPublishes) = (1, 1, 1)
            }
        case .acknowledgesRepeatsUnfenced:
            Trial(variant, breaks: nil) { ($0.repeats, $0.deaths, $0.freezes) = (1, 1, 1) }
        case .comparesNoVersion: Trial(variant, breaks: nil) { ($0.deaths, $0.freezes) = (2, 1) }
        case .pausesInMidBatch:
            Trial(variant, breaks: nil, commands: 3) { ($0.pauses, $0.deaths) = (2, 1) }
        case .expiresBesideTheLine:
            Trial(variant, breaks: overtaking, requests: [.hold(0), .confirm(0)])
        case .expiresUnderAlarmUnseen:
            Trial(variant, breaks: overtaking, requests: [.hold(0), .confirm(0)]) { $0.alarms = 1 }
        case .waitsForBlockedTick:
            Trial(variant, breaks: .lapsedHoldStays, requests: [.hold(0)]) { $0.alarms = 1 }
        case .dedupesByWindow:
            Trial(
                variant, breaks: .decidedTwice([]), requests: [.hold(0), .confirm(0), .cancel(0)],
                timeMax: 1
            ) { $0.repeats = 1 }
        case .believesOwnClock:
            Trial(variant, breaks: .expiredEarly(0), requests: [.hold(0)])
        case .ticksByOwnClock:
            Trial(variant, breaks: overtaking, requests: [.hold(0), .confirm(0)])
        case .forgetsTimerOfExtended:
            Trial(variant, breaks: .lapsedHoldStays, requests: [.hold(0), .extend(0)])
        case .forgetsTimersAtTakeover:
            Trial(variant, breaks: .lapsedHoldStays, requests: [.hold(0)]) { $0.deaths = 1 }
        case .confirmsLateUnseen:
            Trial(variant, breaks: .takenTwice, requests: [.hold(0), .confirm(0), .hold(1)])
        case .expiresWhatIsConfirmed:
            Trial(variant, breaks: .confirmedAndExpired(0), requests: [.hold(0), .confirm(0)])
        case .ensuresNoTime:
            Trial(variant, breaks: nil, requests: [.hold(0), .confirm(0)]) { $0.deaths = 1 }
        }
    }

    @Test("and is found by the shortest way, or is harmless", arguments: Variant.allCases)
    func variant(_ variant: Variant) throws {
        let trial = Self.trial(of: variant)
        let start = ContinuousClock.now
        var explorer = Explorer(trial.scenario)
        let exploration = explorer.explore()
        let size = "\(exploration.states) states, \(ContinuousClock.now - start)"
        guard let expected = trial.breaks else {
            print("\(variant): harmless, \(size)")
            if let counterexample = exploration.counterexample { Issue.record("\(counterexample)") }
            #expect(exploration.isWhole)
            return
        }
        let counterexample = try #require(exploration.counterexample, "\(variant) is not found")
        print("\(variant) (\(size)):\n\(counterexample)")
        #expect(counterexample.violation.isLike(expected))
        // The same size without the bug keeps all promises: it is the bug that was found.
        var right = trial.scenario
        right.variant = nil
        var control = Explorer(right)
        let controlled = control.explore()
        if let counterexample = controlled.counterexample {
            Issue.record("without the bug: \(counterexample)")
        }
        #expect(controlled.isWhole)
    }
}

import BookingHistory
import Testing

@testable import faults

@Suite struct AfterSaleTests {
    private func plans(_ patience: AfterSale.Patience, seed: UInt64 = 7) -> [AfterSale] {
        var random = SeededGenerator(seed: seed)
        return (0..<500).map { _ in AfterSale(patience, &random) }
    }

    @Test("The same seed gives the same plans")
    func seeded() {
        let (plans, again) = (plans(.full), plans(.full))
        #expect(plans.map(\.isHold) == again.map(\.isHold))
        #expect(plans.flatMap(\.steps).map(\.pause) == again.flatMap(\.steps).map(\.pause))
    }

    @Test(
        "Buyers do all there is, plain bookings cancelled and none at all included",
        arguments: [AfterSale.Patience.brief, .full])
    func everything(patience: AfterSale.Patience) {
        let plans = plans(patience)
        let acts = Set(plans.flatMap(\.steps).map(\.act))
        #expect(acts.isSuperset(of: ChangeVerb.allCases.map { .change($0) }))
        #expect(plans.contains { !$0.isHold && $0.steps.isEmpty })
        #expect(plans.contains { !$0.isHold && $0.steps.map(\.act) == [.change(.cancel)] })
        #expect(plans.contains { $0.steps.contains { $0.repeatedAfter != nil } })
    }

    @Test("Only where there is time do holds lapse, and none is left when it is brief")
    func lapses() {
        let lapsed = Duration.seconds(AfterSale.holdSeconds)
        #expect(plans(.full).contains { $0.steps.contains { $0.pause > lapsed } })
        for plan in plans(.brief) where plan.isHold {
            #expect(plan.steps.allSatisfy { $0.pause < .seconds(2) })
            #expect([.change(.confirm), .change(.cancel)].contains(plan.steps.last?.act))
        }
    }

    @Test("An extension has a key, as it must")
    func extensionKeys() {
        let steps = plans(.full).flatMap(\.steps).filter { $0.act == .change(.extend) }
        #expect(!steps.isEmpty && steps.allSatisfy(\.hasKey))
    }

    @Test("Programs of two versions are asked for nothing that one of them does not know")
    func none() {
        #expect(plans(.none).allSatisfy { !$0.isHold && $0.steps.isEmpty })
    }
}

import Testing

@testable import faults

@Suite("Counters over several lives")
struct MetricTotalsTests {
    @Test("Labels are summed up, comments are passed over")
    func labels() {
        var totals = MetricTotals()
        totals.take(
            """
            # HELP boxoffice_fenced_batches_total Batches refused.
            # TYPE boxoffice_fenced_batches_total counter
            boxoffice_fenced_batches_total{shard="0"} 2
            boxoffice_fenced_batches_total{shard="1"} 3
            boxoffice_redeliveries_total 7
            """, of: 1)
        #expect(totals["boxoffice_fenced_batches_total"] == 5)
        #expect(totals["boxoffice_redeliveries_total"] == 7)
        #expect(totals["boxoffice_dead_letters_total"] == 0)
    }

    @Test("What a process showed last is kept after its end")
    func lives() {
        var totals = MetricTotals()
        totals.take("boxoffice_redeliveries_total 4", of: 1)
        totals.take("boxoffice_redeliveries_total 6", of: 1)
        totals.take("boxoffice_redeliveries_total 1", of: 2)
        #expect(totals["boxoffice_redeliveries_total"] == 7)
        #expect(totals.count("boxoffice_redeliveries_total", in: 1) == 6)
        #expect(totals.count("boxoffice_redeliveries_total", in: 3) == 0)
    }
}

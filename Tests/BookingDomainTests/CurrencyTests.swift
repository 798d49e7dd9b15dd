import BookingDomain
import Foundation
import Testing

struct CurrencyTests {
    /// Each code of ISO 4217's list one of 2026-01-01 with its number and decimals, which may be "N.A.".
    private static func listOne() throws -> [String: String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Golden/iso-4217.csv")
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
        let cells = rows.map { $0.split(separator: ",").map(String.init) }
        try #require(cells.allSatisfy { $0.count == 3 })
        return Dictionary(uniqueKeysWithValues: cells.map { ($0[0], $0[2]) })
    }

    @Test("Currencies are those of ISO 4217 that have minor units, with their decimals")
    func currencies() throws {
        let decimals = try Self.listOne().compactMapValues { Int($0) }
        #expect(decimals.count == 165)
        let ours = Currency.all.map { ($0.code, $0.decimals) }
        #expect(Dictionary(uniqueKeysWithValues: ours) == decimals)
    }

    @Test(
        "What is no current currency is none",
        arguments: [
            "", "eur", "EU", "EURO", " EUR", "XXX", "XTS", "XAU", "DEM", "HRK", "ZZZ", "٣٣٣",
        ])
    func none(code: String) {
        #expect(Currency(code) == nil)
    }

    @Test("What the dearest booking costs is exact in every reader of JSON")
    func dearest() {
        let tickets = BookingLimits.itemsPerBookingMax * BookingLimits.quantityPerItemMax
        let total = tickets.multipliedReportingOverflow(by: BookingLimits.priceAmountMax)
        #expect(!total.overflow && total.partialValue <= 1 << 53)
    }
}

import Foundation

/// Which sales there are: `BOXOFFICE_TEST_SALES` asks for so many, `BOXOFFICE_TEST_SEED` for one again.
enum ModelSeeds {
    /// What takes a few seconds.
    private static let count: UInt64 = 4000

    static let all: Range<UInt64> = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["BOXOFFICE_TEST_SEED"].flatMap(UInt64.init) {
            return seed..<seed + 1
        }
        return 0..<(environment["BOXOFFICE_TEST_SALES"].flatMap(UInt64.init) ?? count)
    }()

    /// Within how many sales each planted defect shows.
    static let untilCaught: Range<UInt64> = 0..<1000
}

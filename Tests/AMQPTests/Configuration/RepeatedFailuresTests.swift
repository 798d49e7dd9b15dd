import Testing

@testable import AMQP

@Suite("Failures that go on")
struct RepeatedFailuresTests {
    @Test("are told more and more seldom")
    func seldom() {
        var failures = RepeatedFailures()
        let told = (1...400).filter { _ in failures.failed("connection refused") }
        #expect(told == [1, 2, 4, 8, 16, 32, 64, 128, 256, 384])
    }

    @Test("are told at once for another reason, and when they begin anew")
    func news() {
        var failures = RepeatedFailures()
        for _ in 0..<4 { _ = failures.failed("connection refused") }
        let told = ["connection reset", "connection refused"].map { failures.failed($0) }
        #expect(told == [true, false])
        let count = failures.succeeded()
        #expect(count == 6)
        let isToldAnew = failures.failed("connection refused")
        #expect(isToldAnew)
    }

    @Test("with ever new reasons are told seldom, too")
    func bounded() {
        var failures = RepeatedFailures()
        let told = (1...1000).count { failures.failed("reason \($0)") }
        #expect(told < 40)
    }
}

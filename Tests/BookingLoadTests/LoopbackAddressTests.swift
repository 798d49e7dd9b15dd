import Testing

@testable import BookingLoad

@Suite("Addresses of clients on this machine")
struct LoopbackAddressTests {
    @Test("Each number has an address of its own, until they come round again")
    func distinct() {
        let all = (0..<LoopbackAddress.count).compactMap {
            LoopbackAddress.text($0, to: "127.0.0.1")
        }
        #expect(Set(all).count == LoopbackAddress.count)
        #expect(all[0] == "127.77.1.1")
        #expect(all.last == "127.77.250.250")
        #expect(LoopbackAddress.text(LoopbackAddress.count, to: "127.0.0.1") == all[0])
        #expect(LoopbackAddress.text(-1, to: "127.9.9.9") == all.last)
        #expect(LoopbackAddress.text(.min, to: "127.0.0.1") != nil)
    }

    @Test("To other servers clients come from where the system says")
    func elsewhere() {
        for host in ["example.com", "10.0.0.1", "::1", "1127.0.0.1", ""] {
            #expect(LoopbackAddress.text(1, to: host) == nil)
        }
    }
}

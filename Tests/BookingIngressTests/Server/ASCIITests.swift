import NIOCore
import Testing

@testable import BookingIngress

struct ASCIITests {
    /// What eight bytes are together, looked at one by one.
    private func areVisible(_ bytes: UInt64) -> Bool {
        withUnsafeBytes(of: bytes) { $0.allSatisfy { $0 >= ASCII.space && $0 != ASCII.delete } }
    }

    @Test("eight bytes at a time are judged as one by one", arguments: 0..<8)
    func visible(place: Int) {
        let mask = UInt64(0xff) << UInt64(8 * place)
        for byte in UInt64(0)...255 {
            for filling in [0x20, 0x61, 0x7e, 0x80, 0xff] as [UInt64] {
                let bytes = filling &* 0x0101_0101_0101_0101 & ~mask | byte << UInt64(8 * place)
                #expect(ASCII.areVisible(bytes) == areVisible(bytes))
            }
        }
    }

    @Test("… and so are any", arguments: [1, 2, 3] as [UInt64])
    func anything(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<100_000 {
            // Half of the bits at random, so that some have no control character.
            let bytes = random.next() | 0x2020_2020_2020_2020
            #expect(ASCII.areVisible(bytes) == areVisible(bytes))
        }
    }

    @Test("a control character in a field is refused, wherever it stands", arguments: 0..<40)
    func control(place: Int) {
        for byte in [0x00, 0x0b, 0x1f, 0x7f] as [UInt8] {
            var value = [UInt8](repeating: UInt8(ascii: "v"), count: 40)
            value[place] = byte
            var bytes = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\nX-Field: ")
            bytes.writeBytes(value)
            bytes.writeString("\r\n\r\n")
            var parser = HTTPRequestParser()
            #expect(throws: HTTPRefusal.malformed) { _ = try parser.next(from: &bytes) }
        }
    }
}

import AMQP
import Postgres

@testable import BookingIngress

// What an operator writes.
extension InputParser {
    static let settings = [
        InputParser("broker-url", ["amqps://u:p%40@a:5671,b,[::1]:5672/v%2Fh?heartbeat=10"]) {
            let text = String(decoding: $0, as: UTF8.self)
            return (try? AMQPConfiguration(url: text, connectionName: "inputs")) != nil
        },
        InputParser("cors-origins", ["https://a.example,http://127.0.0.1:3000, http://[::1]:8080"])
        {
            CrossOrigins(String(decoding: $0, as: UTF8.self)) != nil
        },
        InputParser("trusted-proxies", ["192.0.2.0/24, 2001:db8::/32,127.0.0.1"]) { bytes in
            guard let proxies = TrustedProxies(String(decoding: bytes, as: UTF8.self)) else {
                return false
            }
            _ = proxies.contains(IPAddress(ipv4: 0xC000_0201))
            _ = proxies.contains(IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 1))
            return true
        },
        InputParser(
            "database-url",
            [
                "postgresql://u:p@a:5432,b/d?connect_timeout=3&target_session_attrs=prefer-standby",
                "host=a,b port=1,2 dbname=d password='x\\''",
            ]
        ) {
            let text = String(decoding: $0, as: UTF8.self)
            let configuration = try? PostgresConfiguration(
                connectionString: text, applicationName: "inputs")
            return configuration?.description != nil
        },
    ]
}

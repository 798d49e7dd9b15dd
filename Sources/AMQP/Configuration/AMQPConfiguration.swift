/// How to reach a broker: where, as whom, and how long to wait.
public struct AMQPConfiguration: Sendable, Hashable {
    /// The brokers, tried in turn.
    public var addresses: [AMQPAddress]

    /// The virtual host.
    public var virtualHost: String

    /// The user name.
    public var username: String

    /// The password; never printed.
    public var password: String

    /// The heartbeat interval offered to the broker, in whole seconds; zero switches heartbeats off.
    ///
    /// A peer that was silent for two intervals is taken for dead.
    public var heartbeat: Duration = .seconds(5)

    /// How long one address may take for the TCP and TLS handshake, and again for the login.
    ///
    /// The resolver is not covered: it has its own limits in `resolv.conf`.
    public var connectTimeout: Duration = .seconds(3)

    /// How long a reply to a request such as declaring a queue may take.
    public var requestTimeout: Duration = .seconds(5)

    /// The name the broker shows for the connection.
    public var connectionName: String

    /// TLS, when the connection is to be encrypted.
    public var tls: AMQPTLS?

    /// Whether frames are written by the library's blocking calls, which TLS needs.
    ///
    /// Plain connections write without ever blocking; the tests set this to cover the other way.
    var writesThroughLibrary = false

    /// A configuration from its parts, with the default times.
    public init(
        addresses: [AMQPAddress], virtualHost: String = "/", username: String, password: String,
        connectionName: String, tls: AMQPTLS? = nil
    ) {
        self.addresses = addresses
        self.virtualHost = virtualHost
        self.username = username
        self.password = password
        self.connectionName = connectionName
        self.tls = tls
    }
}

/// The address of a broker.
public struct AMQPAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name or an IP address.
    public var host: String

    /// The TCP port.
    public var port: UInt16

    /// An address.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with brackets around an IPv6 address.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// TLS settings: version 1.2 or later, the broker's certificate always verified.
public struct AMQPTLS: Sendable, Hashable {
    /// Where Debian keeps the certificates of the public authorities.
    public static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// The file with the certificates of the authorities trusted, in PEM.
    public var authoritiesFile: String

    /// Whether the certificate must name the host connected to.
    public var verifiesHost: Bool

    /// TLS with the given authorities.
    public init(
        authoritiesFile: String = AMQPTLS.systemAuthorities, verifiesHost: Bool = true
    ) {
        self.authoritiesFile = authoritiesFile
        self.verifiesHost = verifiesHost
    }
}

extension AMQPConfiguration: CustomStringConvertible, CustomReflectable {
    /// The addresses, user and virtual host; not the password.
    public var description: String {
        let scheme = tls == nil ? "amqp" : "amqps"
        let hosts = addresses.map(\.description).joined(separator: ",")
        return "\(scheme)://\(username)@\(hosts) virtual host \(virtualHost)"
    }

    /// A mirror without the password, so that `dump` does not show it either.
    public var customMirror: Mirror {
        Mirror(self, children: ["description": description])
    }
}

extension AMQPConfiguration {
    /// The index of one of the addresses, each as likely as the others.
    var anyAddress: Int { addresses.indices.randomElement() ?? 0 }

    /// Throws when the configuration cannot be used as it is.
    func validate() throws(AMQPError) {
        func refuse(_ message: String) -> AMQPError {
            AMQPError(.invalidConfiguration, message, isSafeToRetry: true)
        }
        guard !addresses.isEmpty else { throw refuse("There is no address to connect to.") }
        for address in addresses where address.host.isEmpty || address.port == 0 {
            throw refuse("The address \(address) has no host or no port.")
        }
        for text in [virtualHost, username, password] + addresses.map(\.host)
        where text.utf8.contains(0) {
            throw refuse("No part may contain a NUL character.")
        }
        guard virtualHost.utf8.count <= AMQPLimits.shortStringBytesMax else {
            throw refuse("The virtual host is longer than 255 bytes.")
        }
        guard heartbeat >= .zero, heartbeat <= .seconds(3600) else {
            throw refuse("The heartbeat must lie between 0 s and 1 h.")
        }
        guard connectTimeout > .zero, requestTimeout > .zero else {
            throw refuse("Timeouts must be greater than zero.")
        }
    }

    /// The heartbeat in whole seconds, rounded up, as the protocol wants it.
    var heartbeatSeconds: Int32 {
        let (seconds, attoseconds) = heartbeat.components
        return Int32(clamping: attoseconds > 0 ? seconds + 1 : seconds)
    }
}

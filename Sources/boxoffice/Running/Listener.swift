import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server together with the place it listens on, so that a failure to listen can be explained.
struct Listener: Service {
    private let server: any Service
    /// What the server is, for people.
    private let name: String
    private let endpoint: Endpoint

    init(_ server: any Service, name: String, endpoint: Endpoint) {
        self.server = server
        self.name = name
        self.endpoint = endpoint
    }

    func run() async throws {
        do {
            try await server.run()
        } catch is CancellationError where Task.isShuttingDownGracefully && !Task.isCancelled {
            // The server cancelled parts of itself because it was asked to stop: that is its end.
        } catch let error as IOError {
            guard let reason = reason(error) else { throw error }
            throw CommandFailure(
                "the \(name) cannot listen on \(endpoint.host) port \(endpoint.port): \(reason)")
        } catch let error as SocketAddressError {
            throw CommandFailure("the \(name) cannot listen on \(endpoint.host): \(error)")
        }
    }

    private func reason(_ error: IOError) -> String? {
        switch error.errnoCode {
        case EADDRINUSE:
            "the port is in use; stop what has it or choose another with \(endpoint.portFlag)"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES: "this user may not listen on that port"
        default: nil
        }
    }
}

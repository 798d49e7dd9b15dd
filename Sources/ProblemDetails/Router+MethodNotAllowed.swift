import HTTPTypes
package import Hummingbird

extension Router {
    /// Answers every other method on the router's paths with a 405 that tells which are allowed.
    ///
    /// Call it once all routes and middleware are added. `others` are the methods of its paths that requests
    /// are answered to elsewhere.
    package func refuseOtherMethods(besides others: [String: Set<HTTPRequest.Method>] = [:]) {
        for (path, routes) in Dictionary(grouping: routes, by: { $0.path.description }) {
            var allowed = Set(routes.map(\.method)).union(others[path] ?? [])
            if allowed.contains(.get) { allowed.insert(.head) }
            let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            let headers: HTTPFields = [.allow: names]
            let refusal = Problem(
                .methodNotAllowed, detail: "Allowed here: \(names).", headers: headers)
            // GET answers HEAD as well, see RouterOptions.autoGenerateHeadEndpoints.
            for method in knownMethods where !allowed.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in throw refusal }
            }
        }
    }
}

/// The methods that the server's HTTP parser lets through.
private let knownMethods: [HTTPRequest.Method] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]
    .compactMap { HTTPRequest.Method($0) }
    + [
        "ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY",
        "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND",
        "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE",
    ].compactMap { HTTPRequest.Method($0) }

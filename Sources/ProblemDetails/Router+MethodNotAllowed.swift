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
            let refusal = Problem(
                .methodNotAllowed, detail: "Allowed here: \(names).", headers: [.allow: names])
            // GET answers HEAD as well, see RouterOptions.autoGenerateHeadEndpoints.
            for method in HTTPMethods.all where !allowed.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in throw refusal }
            }
        }
    }
}

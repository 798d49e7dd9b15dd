package import HTTPTypes

/// The methods of requests that exist: those that IANA has registered, and some that are in use besides.
package enum HTTPMethods {
    /// Those that calls of the API are made with.
    package static let used: [HTTPRequest.Method] = [.delete, .get, .head, .patch, .post]

    static let all: [HTTPRequest.Method] = names.compactMap { HTTPRequest.Method($0) }

    private static let names = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK",
        "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE",
        "ORDERPATCH", "PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT",
        "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
        // In no registry, but sent.
        "M-SEARCH", "NOTIFY", "PURGE", "SOURCE", "SUBSCRIBE", "UNSUBSCRIBE",
    ]

    private static let known = Set(names)

    /// Whether a method of that name exists, however seldom it is used.
    package static func exists(_ name: String) -> Bool {
        name == "GET" || name == "POST" || known.contains(name)
    }
}

package import BookingStore

/// A shard's lease, and the session that shows that its owner lives.
package protocol LeaseStore: Sendable {
    /// Whether the session lives, as far as is known; when it ends, so does the lease.
    var isOpen: Bool { get }
    /// Takes the lease if it may be taken; `nil` while another owner has it.
    func claim(_ claim: LeaseClaim) async throws(StoreError) -> ClaimedLease?
    /// Keeps the lease; throws `fenced` when it is lost.
    func renew(_ lease: Lease) async throws(StoreError) -> RenewedLease
    /// Gives the lease back; returns whether it was still ours.
    @discardableResult
    func release(_ lease: Lease) async throws(StoreError) -> Bool
}

extension LeaseRepository: LeaseStore {}

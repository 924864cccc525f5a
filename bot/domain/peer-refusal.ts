/** A client that an instance turned away, as the instance knows it: the client itself saw only a reset. */
export interface PeerRefusal {
  at: number;
  peerAddress: string;
  /** The client's port: by it the client finds its own. */
  peerPort: number;
  code: string;
  cause: string;
  fix: string;
  certificate: { subject: string; serial: string; notAfter: number } | null;
}

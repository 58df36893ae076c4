/** Errors of connections by name. */

/** Why a connection ended, as the user is told; the names are errno's. */
export type TcpErrorCode =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ECONNABORTED'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'EHOSTDOWN'
  | 'ENONET'
  | 'EOPNOTSUPP'
  | 'EPROTO'
  | 'ENOPROTOOPT'
  | 'EACCES'
  | 'EMSGSIZE'
  | 'EPIPE'
  | 'EADDRNOTAVAIL';

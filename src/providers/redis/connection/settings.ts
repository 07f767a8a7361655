/** Where a server listens: a host and a TCP port, or the path of a Unix socket. */
export type RedisEndpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** A version of TLS, by the name that Node gives it. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/**
 * What a connection string says, every default filled in. The object is frozen. Its `password` and `sentinelPassword`
 * are not enumerable: they can be read, but are left out by `console.log`, `JSON.stringify`, a spread and the like.
 */
export interface RedisConnectionSettings {
  /** One server, the seeds of a Cluster, or with `serviceName` the sentinels. Never empty, nothing twice. */
  readonly endpoints: readonly RedisEndpoint[];
  /** Whether connections use TLS. @default false; by the host's suffix on Azure */
  readonly ssl: boolean;
  /** The host that the server's certificate must name, where it is not the one connected to. */
  readonly sslHost: string | undefined;
  /** The only versions of TLS that are allowed, oldest first. @default those of the runtime */
  readonly sslProtocols: readonly TlsVersion[] | undefined;
  /** Kept, without effect: Node checks no revocation list by itself. @default true */
  readonly checkCertificateRevocation: boolean;
  /** The ACL user. @default the server's `default` user */
  readonly user: string | undefined;
  /** Not enumerable. */
  readonly password: string | undefined;
  /** @default 0 */
  readonly defaultDatabase: number;
  /** What `CLIENT LIST` shows. @default 'distributed-cache' when the client is opened */
  readonly name: string | undefined;
  /** Milliseconds for one attempt to connect. @default 5000 */
  readonly connectTimeout: number;
  /** Milliseconds for one command: `asyncTimeout`, else `syncTimeout`. @default 5000 */
  readonly commandTimeout: number;
  /** Kept, without effect: a lost server is looked for until it is back. @default 3 */
  readonly connectRetry: number;
  /** Seconds of silence after which TCP asks whether the other side is still there. @default 60 */
  readonly keepAlive: number;
  /** Whether TCP asks that at all. @default true */
  readonly tcpKeepAlive: boolean;
  /** Whether the client's library is told to the server (`CLIENT SETINFO`). @default true */
  readonly setlib: boolean;
  /** The name under which the sentinels know the primary; without it there are no sentinels. */
  readonly serviceName: string | undefined;
  /** The sentinels' ACL user. @default `user` */
  readonly sentinelUser: string | undefined;
  /** Not enumerable. @default `password` */
  readonly sentinelPassword: string | undefined;
  /** Kept, without effect: opening never fails because no server answers. @default true; false on Azure */
  readonly abortConnect: boolean;
  /** The version of RESP. @default the client's own */
  readonly protocol: 2 | 3 | undefined;
  /** What is probably meant otherwise, in whole sentences: worth telling when the connection fails. */
  readonly hints: readonly string[];
}

/** What a connection string or URL leaves open, as StackExchange.Redis has it. */
export const defaultSettings = {
  ssl: false,
  sslHost: undefined,
  sslProtocols: undefined,
  checkCertificateRevocation: true,
  user: undefined,
  password: undefined,
  defaultDatabase: 0,
  name: undefined,
  connectTimeout: 5_000,
  commandTimeout: 5_000,
  connectRetry: 3,
  keepAlive: 60,
  tcpKeepAlive: true,
  setlib: true,
  serviceName: undefined,
  sentinelUser: undefined,
  sentinelPassword: undefined,
  abortConnect: true,
  protocol: undefined,
} as const satisfies Omit<RedisConnectionSettings, 'endpoints' | 'hints'>;

/** Freezes settings, and hides their secrets from everything that looks at an object without knowing it. */
export function sealSettings<Settings extends RedisConnectionSettings>(settings: Settings): Settings {
  for (const secret of ['password', 'sentinelPassword'] as const) {
    Object.defineProperty(settings, secret, { value: settings[secret], enumerable: false });
  }
  Object.freeze(settings.endpoints);
  Object.freeze(settings.hints);
  return Object.freeze(settings);
}

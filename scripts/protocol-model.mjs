// An explicit-state model of the lease / coherence protocol of protocol.md: breadth-first over every interleaving of a few
// processes, one key, one tag, one Redis. `node protocol-model.mjs` runs all; `node protocol-model.mjs <text>` runs the
// lines whose name contains <text>; MAX=<n> moves the state limit. A "stop" is the shortest counterexample.
//
// Every value carries its birth: the value of a ghost counter E when its factory began (or when its set was executed). E goes up at each
// set, remove, tag removal, foreign write and foreign delete, when the server executes it. MIN(p) is the highest E that process p must know of:
// of its own operations that resolved, of the messages that were delivered to it, and (channel cut) of everything at the bound.
//   S1  no call returns, and no local tier would serve, a value whose birth is below MIN(p) at the start of the call
//   S2  no commit or late set writes a value to Redis that was born before the last set/remove of the key
//   S3  no lease is granted while another stands (a load that Redis did not answer runs without one)
//   L   from every reachable state, using only the steps named, every call can return
// Fail-safe (`failSafe`) is explored here before it is built: a value past its logical end stays in Redis (DX), and in a local tier as a
// candidate that is not served as fresh (LS). A load whose factory fails, or whose callers pass their soft timeout, gives it. It may not be
// older than the last set or remove (KS) that the caller must know of; `expire` ends leases and freshness, and takes no candidate. What that needs:
// a stale value counts for callers who came after a message only if it was there at the grant (so the grant says whether there is a value), and
// not in a load without a lease;
// it is stored again, to pace the retries, under the lease alone; candidates go when the channel is armed. An early refresh (BG) is not joined, but by
// those who are told that the lease is this process's.
// Where the key is absent, a removal sends no message; the model then delivers a silent one in its place, in order, that only raises MIN (not with `lax`).
const MAX = Number(process.env.MAX ?? 1_500_000), only = process.argv[2];
const QN = 10, FN = 2;

// ---- layout: one flat array of small integers -------------------------------------------------------------------------
let o = 0;
const KEX = o++, DB = o++, DC = o++, DX = o++, KS = o++, LT = o++, LX = o++, SLD = o++, TT = o++, TS = o++, E = o++, KF = o++, NT = o++;
// key exists, data birth+1, data creation+1, data past its logical end (1) or marked stale again by a throttle, last set/remove (not expire), lease token, lease deadline passed, sldexp present, tag time+1, server clock, ghost, last key operation, tokens given
const bTick = o++, bLease = o++, bExp = o++, bSet = o++, bDel = o++, bTouch = o++, bEvict = o++, bFlush = o++, bAge = o++;
const PB = o;
o = 0;
const CH = o++, LB = o++, LC = o++, LS = o++, SMIN = o++, ARMS = o++, TG = o++, MIN = o++, RR = o++, DEAD = o++, SKIP = o++, ARM = o++;
// channel (0 armed, 1 cut, 2 known down, 3 tracking on but not confirmed, 4 believed armed too early, 5 cut and past the bound), local birth+1, local creation+1,
// tag knowledge (0 cold, 1 warm: never removed, 2+t warm: removed at t), ghost floor, removal remembered, dead, echoes to skip
const bCut = o++, bEager = o++, bCall = o++, bFail = o++, bDie = o++, bRmFail = o++, bLate = o++, bNoRedis = o++;
const OPS = o; o += 4 * 4;            // remove, set, removeByTag, expire: each state (1 to do, 2 sent, 3 executed, 4 given up), fenced, E, creation+1
const QL = o++, Q = o; o += QN;
const FL = o, FS = 17; o += FN * FS;
const ST = 0, FEN = 1, JO = 2, TF = 3, B = 4, C = 5, TOK = 6, N1 = 7, N2 = 8, R = 9, RB = 10, RC = 11, SB = 12, S1 = 13, S2 = 14, SOK = 15, BG = 16;
// flight: state, fenced, joinable (1 yes, 2 only with a tag check at the end), tag read fenced, birth+1, creation+1, token, need of its callers+1,
// need of those that joined after a fence+1, result of the last command, birth and creation of the value it read (RB also: the value judged invalid)
const PS = o;
const ACQ = 1, ACQD = 2, TAG = 3, TAGD = 4, LOAD = 6, COM = 7, COMD = 8, WAIT = 9, FTAG = 10, FTAGD = 11, REL = 12, REP = 14, REPD = 15, THR = 16, THRD = 17;
const MK = 1, MT = 2, MA = 3;

export function check(cfg) {
  const V = cfg.variant ?? {}, NP = cfg.procs.length, tags = !!cfg.tags, SIZE = PB + NP * PS;
  const pb = p => PB + p * PS, name = p => 'PQR'[p];
  const init = new Array(SIZE).fill(0);
  init[TS] = 1;
  if (cfg.data) { init[KEX] = init[DB] = init[DC] = init[SLD] = 1; }
  const bud = { tick: bTick, lease: bLease, expire: bExp, fset: bSet, fdel: bDel, touch: bTouch, evict: bEvict, flush: bFlush, age: bAge };
  for (const k in cfg.env ?? {}) init[bud[k]] = cfg.env[k];
  cfg.procs.forEach((q, p) => {
    const x = pb(p), m = { cut: bCut, eager: bEager, calls: bCall, fail: bFail, die: bDie, rmfail: bRmFail, late: bLate, noredis: bNoRedis };
    for (const k in m) init[x + m[k]] = q[k] ?? 0;
    ['remove', 'set', 'tag', 'expire'].forEach((k, i) => { if (q[k]) init[x + OPS + 4 * i] = 1; });
  });

  let viol, s;                        // the successor under construction
  const tell = kind => {            // CLIENT TRACKING BCAST
    for (let p = 0; p < NP; p++) {
      const x = pb(p);
      if ((s[x + CH] !== 0 && s[x + CH] !== 3) || s[x + DEAD]) continue;
      if (s[x + QL] >= QN) throw Error('queue');
      s[x + Q + s[x + QL]++] = kind * 1024 + s[KS] * 32 + s[E];
    }
  };
  const wipe = () => { const had = s[KEX]; s[KEX] = s[DB] = s[DC] = s[DX] = s[LT] = s[LX] = s[SLD] = 0; if (had) tell(MK); else if (!cfg.lax) tell(0); return had; };
  const flights = function* (x) { for (let i = 0; i < FN; i++) { const f = x + FL + i * FS; if (s[f + ST]) yield f; } };
  const free = f => { for (let i = 0; i < FS; i++) s[f + i] = 0; };
  const toAcq = (x, f, bad = 0) => {
    const n = Math.max(s[f + N1], s[f + N2]), sn = Math.max(s[f + S1], s[f + S2]), sb = s[f + SB], bg = s[f + BG]; free(f);
    s[f + SB] = sb; s[f + S1] = sn; s[f + BG] = bg;
    s[f + ST] = s[x + RR] && !V.hideLocalOnly ? REP : ACQ; s[f + JO] = 1; s[f + N1] = n; s[f + RB] = bad;
  };
  const serves = x => (s[x + CH] === 0 || s[x + CH] === 1 || s[x + CH] === 4 || s[x + CH] === 5) && !s[x + RR];
  const tagOk = (know, creation) => know === 1 || (V.tieValid ? know - 2 <= creation - 1 : know - 2 < creation - 1);
  const need = (birth, n, what) => { if (n && birth < n) viol = `S1 ${what}`; };
  const fenceKey = (x, own) => {      // what an operation or a message does to this process's records of the key
    s[x + LB] = s[x + LC] = s[x + LS] = 0;
    for (const f of flights(x)) {
      if (own === 'all' && s[f + ST] < THR && !V.staleSurvivesOwn) s[f + SB] = 0;
      const st = s[f + ST];
      if (!(V.noFenceRead && st <= ACQD)) s[f + FEN] = 1;
      if (!V.joinAfterFence) s[f + JO] = 0;
      if (own && st === LOAD) s[f + TOK] = 0;               // it will not be committed
      if (!own && st === WAIT) toAcq(x, f);
    }
    s[x + OPS + 4 + 1] = 1;
    if (!s[x + OPS + 4]) s[x + OPS + 4 + 1] = 0;
  };
  const fenceExpire = x => {          // the local copy counts no more, and stays a candidate; loads from before are not committed
    const kept = s[x + LB], keptC = s[x + LC];
    fenceKey(x, true);
    if (kept && cfg.failSafe) { s[x + LB] = kept; s[x + LC] = keptC; s[x + LS] = 1; }
  };
  const fenceTag = x => {
    s[x + TG] = 0;
    for (const f of flights(x)) { s[f + TF] = 1; if (s[f + JO] === 1 && s[f + ST] >= LOAD && s[f + ST] < REL && s[f + ST] !== WAIT && !V.joinAfterTag) s[f + JO] = 2; }
  };
  const fenceAll = x => { fenceKey(x, false); fenceTag(x); for (const f of flights(x)) if (s[f + ST] !== ACQ || s[f + FEN]) s[f + JO] = 0; };
  const keepValue = (x, b, c) => { if (serves(x)) { s[x + LB] = b; s[x + LC] = c; s[x + LS] = 0; } };
  // Early callers may have the value that was read before they came; late ones only if it was there at the grant, which no operation has ended since.
  const needStale = (x, f, birth) => {
    const n = Math.max(s[f + S1], s[f + S2]);
    if (n && birth < n) viol = 'S1 a stale value from before a set or remove was returned';
  };
  const complete = (x, f) => {        // a value that was read
    need(s[f + RB], Math.max(s[f + N1], s[f + N2]), 'a call returned a value that was read before');
    if (!s[f + FEN]) keepValue(x, s[f + RB], s[f + RC]);
    free(f);
  };
  const own = (x, e, st = 0) => { s[x + MIN] = Math.max(s[x + MIN], e); s[x + SMIN] = Math.max(s[x + SMIN], st); };

  // ---- every step that can be taken from state a ------------------------------------------------------------------
  const succ = (a, out) => {
    const step = (kind, text, fn) => {
      s = a.slice(); viol = undefined;
      if (fn() === false) return;
      for (let p = 0; p < NP && !viol; p++) {
        const x = pb(p);
        if (serves(x) && s[x + LB] && !s[x + LS] && s[x + LB] - 1 < s[x + MIN] && (!tags || (s[x + TG] && tagOk(s[x + TG], s[x + LC])))) viol = `S1 the local tier of ${name(p)} would serve a value from before`;
      }
      out(kind, text, s, viol);
    };
    if (a[bTick]) step('env', 'server clock ticks', () => { s[bTick]--; s[TS]++; });
    if (a[bLease] && a[LT] && !a[LX] && (!a[SLD] || V.tokenOnly)) step('env', 'lease deadline passes', () => { s[bLease]--; if (s[DB]) s[LX] = 1; else wipe(); });
    if (a[LT] && !a[LX] && cfg.live) {
      let held = false;
      for (let p = 0; p < NP; p++) for (let i = 0; i < FN; i++) { const f = pb(p) + FL + i * FS; if (a[f + TOK] === a[LT] && a[f + ST]) held = true; }
      if (!held) step('deadline', 'lease deadline passes, its holder is gone', () => { if (s[DB]) s[LX] = 1; else wipe(); });
    }
    if (a[bExp] && a[DB]) step('env', 'the entry expires in Redis', () => { s[bExp]--; wipe(); });
    if (a[bSet]) step('env', 'foreign HMSET (extra fields stay)', () => { s[bSet]--; s[E]++; s[KF] = s[KS] = s[E]; s[DX] = 0; s[DB] = s[E] + 1; s[DC] = s[TS] + 1; s[SLD] = s[KEX] = 1; tell(MK); });
    if (a[bDel]) step('env', 'foreign DEL', () => { s[bDel]--; s[E]++; s[KF] = s[KS] = s[E]; wipe(); });
    if (a[bAge] && a[DB] && !a[DX]) step('env', 'the value passes its logical end', () => { s[bAge]--; for (let p = 0; p < NP; p++) if (s[pb(p) + LB] === s[DB]) s[pb(p) + LS] = 1; s[DX] = 1; });
    if (a[bTouch] && a[DB]) step('env', 'foreign EXPIRE (touch)', () => { s[bTouch]--; tell(MK); });
    if (a[bEvict] && a[TT]) step('env', 'the tag key is evicted', () => { s[bEvict]--; s[TT] = 0; tell(MT); });
    if (a[bFlush]) step('env', 'FLUSHDB', () => { s[bFlush]--; s[E]++; s[KF] = s[KS] = s[E]; s[KEX] = s[DB] = s[DC] = s[DX] = s[LT] = s[LX] = s[SLD] = s[TT] = 0; tell(MA); });

    for (let p = 0; p < NP; p++) {
      const x = pb(p), n = name(p);
      if (a[x + DEAD]) continue;
      if (a[x + bDie]) step('env', `${n} dies`, () => { s[x + bDie]--; s[x + DEAD] = 1; s[x + LB] = s[x + LC] = s[x + LS] = s[x + QL] = s[x + bCall] = 0; for (let i = 0; i < QN; i++) s[x + Q + i] = 0; for (const f of flights(x)) free(f); for (let i = 0; i < 12; i++) s[x + OPS + i] = 0; });
      // the channel
      if (a[x + QL]) step('deliver', `${n} hears ${['nothing (the removed key was absent)', 'key changed', 'tag changed', 'everything'][a[x + Q] >> 10]}`, () => {
        const m = s[x + Q], kind = m >> 10;
        for (let i = 0; i + 1 < QN; i++) s[x + Q + i] = s[x + Q + i + 1];
        s[x + Q + QN - 1] = 0; s[x + QL]--;
        own(x, m & 31, (m >> 5) & 31);
        if (!kind) return;
        if (kind === MK && V.skipEcho && s[x + SKIP]) { s[x + SKIP]--; return; }
        if (kind !== MT) fenceKey(x, false);
        if (kind !== MK) fenceTag(x);
      });
      if (a[x + bCut] && a[x + CH] === 0) step('env', `channel of ${n} is cut, messages under way are lost`, () => { s[x + bCut]--; s[x + CH] = 1; s[x + QL] = 0; for (let i = 0; i < QN; i++) s[x + Q + i] = 0; });
      const down = () => { const kept = s[x + LB], keptC = s[x + LC]; s[x + CH] = 2; lose(); if (cfg.failSafe && kept) { s[x + LB] = kept; s[x + LC] = keptC; s[x + LS] = 1; } };
      const lose = () => { if (V.noDropOnLoss) { fenceTag(x); for (const f of flights(x)) { s[f + FEN] = 1; s[f + JO] = 0; } } else if (V.noFenceOnLoss) { s[x + LB] = s[x + LC] = s[x + TG] = 0; } else fenceAll(x); own(x, s[E]); };
      if (a[x + CH] === 1) {
        if (V.cachedClock || V.wrongServer) step('chan', `the bound passes, ${V.wrongServer ? 'the old server still answers PING' : `${n} has not run its timer yet`}`, () => { s[x + CH] = 5; own(x, s[E]); });
        else step('chan', `${n} is past the bound: local tier off`, down);
      }
      if (a[x + CH] === 5 && V.cachedClock) step('chan', `timer of ${n}: local tier off`, down);
      if (a[x + CH] === 2) step('chan', `${n} ${V.armEarly ? 'sends CLIENT TRACKING ON and serves at once' : 'CLIENT TRACKING ON executed'}`, () => { s[x + CH] = V.armEarly ? 4 : 3; s[x + ARM] = s[E]; s[x + ARMS] = s[KS]; });
      if (a[x + CH] === 3) step('chan', `${n} tracking confirmed: local tier on, empty`, () => { s[x + CH] = 0; const kept = s[x + LB]; if (!V.keepAcrossArm && !V.noDropOnLoss) fenceAll(x); if (V.candidateAcrossArm) { s[x + LB] = kept; s[x + LS] = kept ? 1 : 0; } else s[x + LB] = s[x + LC] = s[x + LS] = 0; own(x, s[x + ARM], s[x + ARMS]); s[x + ARM] = s[x + ARMS] = 0; });
      if (a[x + CH] === 4) step('chan', `${n} CLIENT TRACKING ON executed`, () => { s[x + CH] = 0; own(x, s[E]); s[x + ARM] = 0; });
      // calls of getOrCreate
      if (a[x + bCall]) step('call', `${n}.getOrCreate starts`, () => {
        s[x + bCall]--;
        let local = 0, cold = false;
        if (serves(x) && s[x + LB] && !s[x + LS]) {
          if (!tags) local = 1;
          else if (!s[x + TG]) cold = true;
          else if (tagOk(s[x + TG], s[x + LC])) local = 1;
          else s[x + LB] = s[x + LC] = 0;
        }
        const want = s[x + MIN] + 1, stale = s[x + SMIN] + 1;
        if (local) { need(s[x + LB], want, 'local hit'); return; }
        for (const f of flights(x)) if (s[f + JO]) { const late = s[f + JO] !== 1; const k = late ? N2 : N1, q = late ? S2 : S1; s[f + k] = Math.max(s[f + k], want); s[f + q] = Math.max(s[f + q], stale); return; }
        for (let i = 0; i < FN; i++) {
          const f = x + FL + i * FS;
          if (s[f + ST]) continue;
          toAcq(x, f); s[f + N1] = want; s[f + S1] = stale;
          if (cold) { s[f + ST] = TAG; s[f + RB] = s[x + LB]; s[f + RC] = s[x + LC]; }
          return;
        }
        return false;
      });
      if (a[x + bEager] && !tags) step('call', `${n} refreshes early, in the background`, () => {
        if (!serves(x) || !s[x + LB] || s[x + LS]) return false;
        s[x + bEager]--;
        for (let i = 0; i < FN; i++) { const f = x + FL + i * FS; if (!s[f + ST]) { toAcq(x, f, s[x + LB]); s[f + BG] = 1; if (!V.joinRefresh) s[f + JO] = 0; return; } }
        return false;
      });
      // flights
      for (let i = 0; i < FN; i++) {
        const f = x + FL + i * FS, id = `${n}${i + 1}`;
        switch (a[f + ST]) {
          case REP: step('step', `${id} replay of the remembered removal executed`, () => { s[E]++; s[KF] = s[KS] = s[E]; wipe(); s[f + ST] = REPD; }); break;
          case REPD: step('step', `${id} replay reply`, () => { s[x + RR] = 0; fenceKey(x, 'all'); toAcq(x, f); }); break;
          case ACQ:
            step('step', `${id} read/acquire executed`, () => {
              const stands = !V.grabs && s[LT] && !s[LX] && (V.tokenOnly || V.fingerprint || !s[SLD]);
              s[f + ST] = ACQD;
              if (s[DB] && s[DX] && s[f + RB] !== s[DB] && !V.staleAsFresh) { s[f + R] = 5; s[f + RB] = s[DB]; s[f + RC] = s[DC]; s[f + SB] = s[DB]; return; }
              if (s[DB] && s[f + RB] !== s[DB]) { s[f + R] = 1; s[f + RB] = s[DB]; s[f + RC] = s[DC]; return; }
              if (stands) {
                s[f + R] = 3;
                for (const g of flights(x)) if (g !== f && s[g + TOK] === s[LT] && (s[g + ST] === LOAD || s[g + ST] === COM)) { s[f + R] = 4; s[f + TOK] = s[LT]; }
                return;
              }
              if (!s[DB] && !V.staleUnconfirmed) s[f + SB] = 0;
              if (s[LT] && !s[LX] && !s[SLD]) viol = 'S3 a second factory under a lease that stands';
              s[f + R] = 2; s[f + RC] = s[DB] ? 1 : 0; s[f + TOK] = s[LT] = ++s[NT]; s[LX] = 0; s[KEX] = 1; s[SLD] = 0; s[f + C] = s[TS] + 1;
              tell(MK); if (V.skipEcho) s[x + SKIP]++;
            });
            if (a[x + bNoRedis]) step('env', `${id} Redis does not answer: loads without a lease`, () => { s[x + bNoRedis]--; s[f + ST] = LOAD; s[f + TOK] = 0; s[f + B] = s[E] + 1; if (!V.staleUnleased) s[f + SB] = 0; });
            break;
          case ACQD: step('step', `${id} reply: ${['', 'value', 'granted', 'held', 'held by this process'][a[f + R]]}`, () => {
            const r = s[f + R];
            if (r === 5) { toAcq(x, f, s[f + RB]); return; }
            if (r === 1) {
              s[f + SB] = 0;
              if (!tags) complete(x, f);
              else if (!s[x + TG]) { s[f + ST] = TAG; s[f + TF] = 0; }
              else if (tagOk(s[x + TG], s[f + RC])) complete(x, f);
              else toAcq(x, f, s[f + RB]);
            } else if (r === 2) {
              s[f + ST] = LOAD; s[f + B] = s[E] + 1; s[f + JO] = (s[f + FEN] && !V.grantResetsFence) || s[f + BG] ? 0 : 1; s[f + SOK] = s[f + SB] ? 1 : 0; s[f + FEN] = 0; s[f + TF] = 0; if (!V.fingerprint) s[f + RC] = 0; s[f + RB] = s[f + R] = 0;
            } else if (r === 3) { if (s[f + BG] || (!s[f + N1] && !s[f + N2])) free(f); else if (s[f + FEN]) toAcq(x, f); else { s[f + ST] = WAIT; s[f + R] = s[f + RB] = 0; } }
            else {
              let g0 = 0;
              for (const g of flights(x)) if (g !== f && s[g + TOK] === s[f + TOK] && s[g + ST] >= LOAD && s[g + ST] <= COMD) g0 = g;
              if (!g0) return toAcq(x, f);
              s[g0 + N2] = Math.max(s[g0 + N2], s[f + N1]); s[g0 + S2] = Math.max(s[g0 + S2], s[f + S1]); s[g0 + BG] = 0;
              if (!s[f + FEN] && !s[g0 + JO]) s[g0 + JO] = 2;
              free(f);
            }
          }); break;
          case TAG: step('step', `${id} tag read executed`, () => { s[f + ST] = TAGD; s[f + R] = s[TT] + 1; }); break;
          case TAGD: step('step', `${id} tag read reply`, () => {
            if (s[f + TF] && !V.noTagFence) { s[f + ST] = TAG; s[f + TF] = s[f + R] = 0; return; }
            if (serves(x)) s[x + TG] = s[f + R];
            if (tagOk(s[f + R], s[f + RC])) complete(x, f); else toAcq(x, f, s[f + RB]);
          }); break;
          case LOAD:
            step('step', `${id} factory returns${a[f + TOK] ? ', commit sent' : ''}`, () => {
              if (!s[f + TOK]) { if (V.endWithoutCheck) { need(s[f + B], Math.max(s[f + N1], s[f + N2]), 'a call joined a load that began before'); return free(f); } s[f + ST] = COMD; s[f + R] = 0; return; }
              s[f + ST] = COM; s[f + FEN] = 0; if (V.creationAfter) s[f + C] = s[TS] + 1;
            });
            if (cfg.failSafe && a[f + SB] && (a[f + N1] || a[f + N2])) step('env', `${id} soft timeout: its callers get the stale value`, () => { needStale(x, f, s[f + SB]); s[f + N1] = s[f + N2] = s[f + S1] = s[f + S2] = 0; });
            if (a[x + bFail]) step('env', `${id} factory fails`, () => { s[x + bFail]--; const t = s[f + TOK];
              if (cfg.failSafe && (s[f + SB] || (s[x + LB] && s[x + LS]))) {
                const fromRedis = s[f + SB], stale = fromRedis || s[x + LB];
                if (!V.throttleBlind && (!fromRedis || !t)) { needStale(x, f, stale); free(f); if (t) { s[f + ST] = REL; s[f + TOK] = t; } return; }
                s[f + ST] = THR; s[f + SB] = stale; s[f + FEN] = 0; return;              // stored again under the lease, to pace the retries
              } free(f); if (t && !V.noRelease) { s[f + ST] = REL; s[f + TOK] = t; } });
            break;
          case THR: step('step', `${id} throttle executed`, () => {
            const ok = V.throttleBlind || (s[LT] === s[f + TOK] && !s[SLD]);
            s[f + ST] = THRD; s[f + R] = ok ? 1 : 0;
            if (!ok) return;
            if (s[f + SB] - 1 < s[KS]) viol = 'S2 a stale value was stored again after a set or remove';
            s[DB] = s[f + SB]; s[DX] = 1; s[SLD] = s[KEX] = 1; s[LT] = s[LX] = 0; tell(MK);
          }); break;
          case THRD: step('step', `${id} throttle reply: its callers get the stale value`, () => {
            needStale(x, f, s[f + SB]);
            free(f);
          }); break;
          case COM: step('step', `${id} commit executed`, () => {
            const ok = V.blind || (s[LT] === s[f + TOK] && (V.tokenOnly || (V.fingerprint ? (s[DB] ? 1 : 0) === s[f + RC] : !s[SLD])));
            s[f + ST] = COMD; s[f + R] = ok ? 1 : 0; s[f + RC] = 0;
            if (!ok) return;
            if (s[f + B] - 1 < s[KF]) viol = 'S2 a value loaded before a set or remove was written after it';
            s[DB] = s[f + B]; s[DC] = s[f + C]; s[DX] = 0; s[SLD] = s[KEX] = 1; s[LT] = s[LX] = 0; tell(MK); if (V.skipEcho) s[x + SKIP]++;
          }); break;
          case COMD: step('step', `${id} ${a[f + TOK] ? `commit reply: ${a[f + R] ? 'stored' : 'refused'}` : 'ends, nothing stored'}`, () => {
            need(s[f + B], s[f + N1], 'a call joined a load that began before'); s[f + N1] = 0;
            if ((s[f + R] || V.keepRefused || V.keepUnstored) && (!s[f + FEN] || V.noFenceCommit)) keepValue(x, s[f + B], s[f + C] || s[TS] + 1);
            if (!s[f + N2]) return free(f);
            if (!tags || V.noJoinCheck) { need(s[f + B], s[f + N2], 'a call joined a load that began before'); return free(f); }
            if (!s[x + TG]) { s[f + ST] = FTAG; s[f + TF] = s[f + JO] = s[f + R] = s[f + FEN] = s[f + TOK] = 0; }
            else if (tagOk(s[x + TG], s[f + C])) { need(s[f + B], s[f + N2], 'a call joined a load that began before'); free(f); }
            else toAcq(x, f);
          }); break;
          case FTAG: step('step', `${id} tag read executed`, () => { s[f + ST] = FTAGD; s[f + R] = s[TT] + 1; }); break;
          case FTAGD: step('step', `${id} tag read reply`, () => {
            if (s[f + TF]) { s[f + ST] = FTAG; s[f + TF] = s[f + R] = 0; return; }
            if (serves(x)) s[x + TG] = s[f + R];
            if (tagOk(s[f + R], s[f + C])) { need(s[f + B], s[f + N2], 'a call joined a load that began before'); free(f); } else toAcq(x, f);
          }); break;
          case WAIT: if (!V.noPoll) step('step', `${id} polls`, () => { toAcq(x, f); }); break;
          case REL: step('step', `${id} release executed`, () => { if (s[LT] === s[f + TOK] && !s[SLD]) { if (s[DB]) { s[LT] = s[LX] = 0; s[SLD] = 1; tell(MK); } else wipe(); } free(f); }); break;
        }
      }
      // remove, set, removeByTag
      for (let i = 0; i < 4; i++) {
        const u = x + OPS + 4 * i, nm = `${n}.${['remove', 'set', 'removeByTag', 'expire'][i]}`;
        if (a[u] === 1) step('call', `${nm} starts`, () => { if (!V.afterOnly) { if (i < 2) fenceKey(x, 'all'); else if (i === 3) fenceExpire(x); else fenceTag(x); } s[u] = 2; s[u + 1] = 0; });
        const exec = () => {
          s[E]++;
          if (i !== 2) s[KF] = s[E];
          if (i < 2) s[KS] = s[E];
          if (i === 0) { if (wipe() && V.skipEcho) s[x + SKIP]++; }
          if (i === 3) { if (s[DB]) { s[DX] = 1; if (!V.expireKeepsLease) { s[SLD] = 1; s[LT] = s[LX] = 0; } tell(MK); } else wipe(); }
          if (i === 1) { s[DX] = 0; s[DB] = s[E] + 1; s[DC] = s[TS] + 1; s[SLD] = s[KEX] = 1; s[LT] = s[LX] = 0; tell(MK); if (V.skipEcho) s[x + SKIP]++; }
          if (i === 2) { s[TT] = s[TS] + 1; tell(MT); }
          s[u + 2] = s[E]; s[u + 3] = s[TS] + 1;
        };
        if (a[u] === 2) {
          step('step', `${nm} executed`, () => { exec(); s[u] = 3; });
          if (i === 0 && a[x + bRmFail]) step('env', `${nm} cannot reach Redis: remembered, resolves`, () => { s[x + bRmFail]--; s[E]++; own(x, s[E], s[E]); s[x + RR] = 1; fenceKey(x, 'all'); s[u] = 0; });
          if (i === 1 && a[x + bLate]) step('env', `${nm} gives up at its deadline, the command is still under way`, () => { s[x + bLate]--; fenceKey(x, 'all'); s[u] = 4; s[u + 1] = 0; s[u + 2] = s[E]; });
        }
        if (a[u] === 3) step('step', `${nm} resolves`, () => {
          const fen = s[u + 1], e = s[u + 2], c = s[u + 3];
          for (let k = 0; k < 4; k++) s[u + k] = 0;
          own(x, e, i < 2 ? e : 0);
          if (i === 3) fenceExpire(x);
          else if (i < 2) { if (!V.beforeOnly) fenceKey(x, 'all'); } else if (!V.beforeOnly) { fenceTag(x); if (V.tagOptimistic) s[x + TG] = c + 1; }
          if (i === 1 && (!fen || V.setKeepsAlways)) keepValue(x, e + 1, c);
        });
        if (a[u] === 4) step('step', `${nm} executed late`, () => {
          const e = s[u + 2];
          for (let k = 0; k < 4; k++) s[u + k] = 0;
          if (!V.lateSet) return;
          if (s[KF] > e) viol = 'S2 a set that was given up overwrote a later operation';
          s[E]++; s[KF] = s[E]; s[DB] = s[E] + 1; s[DC] = s[TS] + 1; s[SLD] = s[KEX] = 1; s[LT] = s[LX] = 0; tell(MK);
        });
      }
    }
  };

  // ---- breadth first ------------------------------------------------------------------------------------------------
  const ids = new Map(), keys = [], parent = [], edges = cfg.live ? [] : undefined;
  const key = a => String.fromCharCode.apply(null, a);
  const dec = k => { const a = new Array(SIZE); for (let i = 0; i < SIZE; i++) a[i] = k.charCodeAt(i); return a; };
  const canon = a => {
    for (let p = 0; p < NP; p++) {
      const f = pb(p) + FL, g = f + FS;
      let d = 0;                     // flights of a process are interchangeable, so P1 and P2 may change names within a trace
      for (let i = 0; i < FS && !d; i++) d = a[g + i] - a[f + i];
      if (d > 0) for (let i = 0; i < FS; i++) { const t = a[f + i]; a[f + i] = a[g + i]; a[g + i] = t; }
    }
    return a;
  };
  const add = (a, from) => { const k = key(canon(a)); let id = ids.get(k); if (id === undefined) { id = keys.length; ids.set(k, id); keys.push(k); parent.push(from); } return id; };
  const trace = id => {
    const path = []; for (let i = id; i !== -1; i = parent[i]) path.unshift(i);
    const text = [];
    for (let i = 0; i + 1 < path.length; i++) { let t; const want = keys[path[i + 1]]; succ(dec(keys[path[i]]), (k, d, b) => { t ??= key(canon(b.slice())) === want ? d : undefined; }); text.push(t); }
    return text;
  };
  add(init, -1);
  let steps = 0, full = true;
  for (let id = 0; id < keys.length; id++) {
    if (keys.length > MAX) { full = false; break; }
    let hit;
    succ(dec(keys[id]), (kind, text, b, v) => {
      steps++;
      if (v && !hit) hit = [v, text];
      if (hit) return;
      const to = add(b, id);
      if (edges && cfg.live.includes(kind) && to !== id) edges.push(to, id);
    });
    if (hit) return { states: keys.length, steps, viol: hit[0], trace: [...trace(id), hit[1]] };
  }
  if (edges && full) {                // backwards from the quiet states along the steps that may be counted on
    const n = keys.length, head = new Int32Array(n).fill(-1), next = new Int32Array(edges.length / 2), ok = new Uint8Array(n), todo = [];
    for (let i = 0; i < next.length; i++) { next[i] = head[edges[2 * i]]; head[edges[2 * i]] = i; }
    for (let i = 0; i < n; i++) { let quiet = true; for (let p = 0; p < NP; p++) for (let k = 0; k < FN; k++) if (keys[i].charCodeAt(pb(p) + FL + k * FS)) quiet = false; if (quiet) { ok[i] = 1; todo.push(i); } }
    while (todo.length) for (let e = head[todo.pop()]; e !== -1; e = next[e]) { const from = edges[2 * e + 1]; if (!ok[from]) { ok[from] = 1; todo.push(from); } }
    const stuck = ok.indexOf(0);
    if (stuck >= 0) return { states: n, steps, viol: `L a call that never returns (counting on: ${cfg.live.join(', ')})`, trace: trace(stuck) };
  }
  return { states: keys.length, steps, full };
}

// ---- what is run ------------------------------------------------------------------------------------------------------
const steps = ['step', 'chan'];
const S = {                           // small enough to be explored to the end
  cold: { procs: [{ calls: 2, remove: 1 }, {}], env: { lease: 1 } },
  coldShared: { procs: [{ calls: 1, remove: 1 }, { calls: 1 }], env: { lease: 1 } },
  eager: { data: 1, procs: [{ calls: 2, eager: 1 }, { remove: 1 }], env: { lease: 1 } },
  foreign: { data: 1, procs: [{ calls: 2 }, {}], env: { fset: 1, fdel: 1, lease: 1 } },
  foreign2: { procs: [{ calls: 1 }, { calls: 1 }], env: { fset: 1, fdel: 1, lease: 1 } },
  sets: { data: 1, procs: [{ calls: 1, set: 1, remove: 1 }, { set: 1 }], env: {} },
  expiry: { data: 1, procs: [{ calls: 2 }, { set: 1 }], env: { expire: 1, lease: 1, touch: 1 } },
  three: { procs: [{ calls: 1 }, { calls: 1 }, { calls: 1 }], env: { lease: 1 } },
  channel: { data: 1, procs: [{ calls: 2, cut: 1 }, { remove: 1 }], env: { fset: 1 } },
  tags: { tags: 1, procs: [{ calls: 2, tag: 1 }, {}], env: { tick: 1, lease: 1 } },
  tagsShared: { data: 1, tags: 1, procs: [{ calls: 1 }, { calls: 1, tag: 1 }], env: { tick: 1 } },
  tagsLease: { data: 1, tags: 1, procs: [{ calls: 1 }, { tag: 1 }], env: { fset: 1, lease: 1, tick: 1 } },
  tagsSet: { tags: 1, procs: [{ calls: 2, set: 1 }, { tag: 1 }], env: {} },
  tagsSetTick: { tags: 1, procs: [{ calls: 1, set: 1 }, { tag: 1 }], env: { tick: 1 } },
  tagsChannel: { data: 1, tags: 1, procs: [{ calls: 2, cut: 1 }, { tag: 1 }], env: { tick: 1 } },
  offline: { data: 1, lax: 1, procs: [{ calls: 2, remove: 1, rmfail: 1, noredis: 1 }, {}], env: {} },
  late: { procs: [{ set: 1, late: 1 }, { remove: 1, calls: 1 }], env: {} },
  flush: { data: 1, procs: [{ calls: 2 }, { calls: 1 }], env: { flush: 1 } },
  stale: { data: 1, failSafe: 1, procs: [{ calls: 2, fail: 1 }, { remove: 1 }], env: { age: 1, lease: 1 } },
  staleShared: { data: 1, failSafe: 1, procs: [{ calls: 1, fail: 1 }, { calls: 1, fail: 1 }], env: { age: 1, fdel: 1 } },
  staleForeign: { data: 1, failSafe: 1, procs: [{ calls: 2, fail: 1 }, {}], env: { age: 1, fset: 1, fdel: 1 } },
  staleOwn: { data: 1, failSafe: 1, procs: [{ calls: 2, fail: 1, set: 1, remove: 1 }, {}], env: { age: 1 } },
  expireOp: { data: 1, failSafe: 1, procs: [{ calls: 2, fail: 1, expire: 1 }, {}], env: { age: 1, lease: 1 } },
  expireShared: { data: 1, failSafe: 1, procs: [{ calls: 2 }, { expire: 1, remove: 1 }], env: {} },
  expireCold: { failSafe: 1, procs: [{ calls: 2, expire: 1 }, { calls: 1 }], env: {} },
  staleChannel: { data: 1, failSafe: 1, lax: 1, procs: [{ calls: 2, cut: 1, fail: 1 }, { remove: 1 }], env: { age: 1 } },
  staleNoRedis: { data: 1, failSafe: 1, procs: [{ calls: 2, fail: 1, noredis: 1 }, { remove: 1 }], env: { age: 1 } },
  staleEager: { data: 1, failSafe: 1, procs: [{ calls: 2, eager: 1, fail: 1 }, { remove: 1 }], env: { age: 1 } },
};
const DEEP = {                        // DEEP=1; as far as MAX allows
  cold: { procs: [{ calls: 2, remove: 1 }, { calls: 2 }], env: { lease: 1 } },
  foreign: { data: 1, procs: [{ calls: 2 }, { calls: 1, remove: 1 }], env: { fset: 1, fdel: 1, lease: 1 } },
  sets: { data: 1, procs: [{ calls: 2, set: 1, remove: 1 }, { calls: 1, set: 1 }], env: {} },
  expiry: { data: 1, procs: [{ calls: 2 }, { calls: 1, set: 1 }], env: { expire: 1, lease: 1, touch: 1 } },
  three: { procs: [{ calls: 1 }, { calls: 1, remove: 1 }, { calls: 1 }], env: { lease: 1 } },
  channel: { data: 1, procs: [{ calls: 3, cut: 1 }, { remove: 1, calls: 1 }], env: { fset: 1 } },
  tags: { data: 1, tags: 1, procs: [{ calls: 2, tag: 1 }, { calls: 1 }], env: { tick: 2 } },
  tags2: { data: 1, tags: 1, procs: [{ calls: 2, tag: 1 }, { tag: 1 }], env: { tick: 1 } },
  tagsLease: { data: 1, tags: 1, procs: [{ calls: 2 }, { tag: 1 }], env: { fset: 1, lease: 1, tick: 2 } },
  tagsChannel: { data: 1, tags: 1, procs: [{ calls: 3, cut: 1 }, { tag: 1 }], env: { tick: 1 } },
  offline: { data: 1, lax: 1, procs: [{ calls: 3, remove: 1, rmfail: 1, noredis: 1 }, { calls: 1 }], env: {} },
  late: { procs: [{ set: 1, late: 1, calls: 1 }, { remove: 1, calls: 1 }], env: {} },
  tagsSet: { tags: 1, procs: [{ calls: 2, set: 1 }, { tag: 1 }], env: { tick: 1 } },
  eager: { data: 1, procs: [{ calls: 2, eager: 1 }, { remove: 1, calls: 1 }], env: { fset: 1, lease: 1 } },
};
const L = {
  dies: { ...{ procs: [{ calls: 1, die: 1 }, { calls: 1 }], env: {} }, live: [...steps, 'deadline', 'deliver'] },
  fails: { procs: [{ calls: 1, fail: 1 }, { calls: 2 }], env: {}, live: [...steps, 'deliver'] },
  lost: { procs: [{ calls: 1 }, { calls: 1, cut: 1 }], env: {}, live: steps },
  mixed: { procs: [{ calls: 1, die: 1 }, { calls: 1, cut: 1, remove: 1 }], env: {}, live: [...steps, 'deadline'] },
};
const v = (name, scenario, variant) => ({ name, ...scenario, variant });
const runs = [
  'Variants that fail',
  v('a read in flight when a message arrives is kept', S.expiry, { noFenceRead: 1 }),
  v('a call joins a read or load that a message overtook', S.foreign, { joinAfterFence: 1 }),
  v('kept after the commit reply although a message came between', { procs: [{ calls: 1 }, {}], env: { fset: 1 } }, { noFenceCommit: 1 }),
  v('skip one message per own write', S.foreign, { skipEcho: 1 }),
  v('set keeps its value without looking at the fence', S.sets, { setKeepsAlways: 1 }),
  v('remove evicts only before it is sent', S.cold, { beforeOnly: 1 }),
  v('commit without a token (write back whatever was loaded)', S.cold, { blind: 1 }),
  v('commit checks the token alone, a foreign HMSET leaves it', S.foreign2, { tokenOnly: 1 }),
  v('commit checks the token and that the entry looks the same', S.tagsLease, { fingerprint: 1 }),
  v('the grant clears the fence of its own flight', { procs: [{ calls: 2 }, { remove: 1 }], env: { lease: 1 } }, { grantResetsFence: 1 }),
  v('a refused commit is still kept locally', S.cold, { keepRefused: 1 }),
  v('a value loaded without a lease is kept locally', { procs: [{ calls: 1, noredis: 1 }, { remove: 1 }], env: {} }, { keepUnstored: 1 }),
  v('creation is the time after the factory', { tags: 1, procs: [{ calls: 2 }, { tag: 1 }], env: { tick: 1 } }, { creationAfter: 1 }),
  v('a tag removed at the very time of creation spares the entry', { tags: 1, procs: [{ calls: 2 }, { tag: 1 }], env: {} }, { tieValid: 1 }),
  v('a tag read that a message overtook becomes warm', S.tags, { noTagFence: 1 }),
  v('removeByTag makes its own reply the warm tag time', { tags: 1, procs: [{ calls: 1, tag: 1 }, { tag: 1 }], env: { tick: 1 } }, { tagOptimistic: 1 }),
  v('calls join a load after removeByTag resolved', S.tags, { joinAfterTag: 1 }),
  v('a load that will not be stored ends without the check for late callers', { tags: 1, procs: [{ calls: 2, set: 1 }, { tag: 1 }], env: { tick: 1 } }, { endWithoutCheck: 1 }),
  v('"still your lease" is enough to join after a tag removal', S.tags, { noJoinCheck: 1 }),
  v('the local tier survives the loss of the channel', S.channel, { noDropOnLoss: 1 }),
  v('loads and reads begun before the loss stay joinable', S.channel, { noFenceOnLoss: 1 }),
  v('reads in flight across re-arming are kept', S.channel, { keepAcrossArm: 1 }),
  v('serving before CLIENT TRACKING is confirmed', S.channel, { armEarly: 1 }),
  v('a timer, not the hit, looks at the clock', S.channel, { cachedClock: 1 }),
  v('PING heartbeat while data goes to another server (failover)', S.channel, { wrongServer: 1 }),
  v('a removal that failed only hides the local copy', S.offline, { hideLocalOnly: 1 }),
  v('a set that was given up is executed later', S.late, { lateSet: 1 }),
  v('a failed loader does not release', L.fails, { noRelease: 1 }),
  v('waiters rely on messages alone', L.lost, { noPoll: 1 }),
  v('acquire grants over a standing lease', S.coldShared, { grabs: 1 }),
  v('expire leaves a lease that stands', S.expireOp, { expireKeepsLease: 1 }),
  v('a stale value counts for late callers although it was not there at the grant', S.staleForeign, { staleUnconfirmed: 1 }),
  v('a stale value that was read counts in a load without a lease', S.staleNoRedis, { staleUnleased: 1 }),
  v('a stale candidate survives the arming of the channel', { data: 1, failSafe: 1, procs: [{ calls: 2, cut: 1, fail: 1 }, { remove: 1 }], env: {} }, { candidateAcrossArm: 1 }),
  v('a stale value that was read is served as a fresh one after expire', S.expireShared, { staleAsFresh: 1 }),
  v('a stale value is stored again without a lease that stands', S.staleForeign, { throttleBlind: 1 }),
  'Limits that are accepted (see "What can still go wrong")',
  v('the tag key is evicted by the server', { data: 1, tags: 1, procs: [{ calls: 1, tag: 1 }, {}], env: { evict: 1 } }, {}),
  v('FLUSHDB between the removal of a tag and the reading of its time', { data: 1, tags: 1, procs: [{ calls: 1 }, { tag: 1 }], env: { flush: 1 } }, {}),
  v('a load without a lease is joined after the removal of an absent key', { procs: [{ calls: 2, noredis: 1 }, { remove: 1 }], env: {} }, {}),
  'Allowed simplification',
  v('remove evicts only when it resolves (if it always resolves)', S.cold, { afterOnly: 1 }),
  v('a stale value survives an own set or remove in the loads that had read it', S.staleOwn, { staleSurvivesOwn: 1 }),
  'The rules',
  ...Object.entries(process.env.DEEP ? DEEP : S).map(([k, c]) => v(`safety: ${k}`, c, {})),
  ...Object.entries(L).map(([k, c]) => v(`liveness: ${k}`, c, {})),
];
const describe = c => `${c.procs.map((q, p) => 'PQR'[p] + '(' + Object.entries(q).map(([k, n]) => n > 1 ? `${n} ${k}` : k).join(', ') + ')').join(' ')}${c.data ? ', data in Redis' : ''}${c.tags ? ', tagged' : ''}${Object.keys(c.env).length ? ', env ' + Object.entries(c.env).map(([k, n]) => `${k}:${n}`).join(' ') : ''}`;
const t0 = Date.now();
let total = 0, bad = 0, good = false;
for (const r of runs) {
  if (typeof r === 'string') { if (!only) console.log(`\n== ${r} ==`); good = !/fail|Limits/.test(r); continue; }
  if (only && !r.name.includes(only)) continue;
  const t = Date.now(), res = check(r);
  total += res.states;
  if (!!res.viol === good) bad++;
  if (res.viol) console.log(`${r.name}\n    [${describe(r)}] after ${res.states} states: ${res.viol}\n    ${res.trace.map((x, i) => `${i + 1}. ${x}`).join('  ')}`);
  else console.log(`${r.name}: no violation in ${res.states} states, ${res.steps} steps${res.full ? '' : ' (LIMIT REACHED, not all)'}, ${Date.now() - t} ms\n    [${describe(r)}]`);
}
console.log(`\n${total} states, ${((Date.now() - t0) / 1000).toFixed(1)} s; ${bad ? `${bad} lines are not as expected` : 'all lines as expected'}`);
process.exitCode = bad ? 1 : 0;

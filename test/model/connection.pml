/*
 * The connection model of src/model once more, in Promela, for spin: the same world, rules and bounds, written by itself.
 *
 * One process takes one move at a time; a move is one d_step, so that spin stores a state for each world and for nothing else.
 * TWO, NOTW and RSTENDS leave a rule out, as the options of `woshou model` do.
 */
#ifndef OPENS
#define OPENS 2
#endif
#ifndef ACCEPTS
#define ACCEPTS 2
#endif
#ifndef OCTETS
#define OCTETS 1
#endif
#ifndef WIRE
#define WIRE 2
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef ISNSTEP
#define ISNSTEP 1
#endif

#define CLOSED 0
#define LISTEN 1
#define SYNSENT 2
#define SYNRCVD 3
#define ESTAB 4
#define FINWAIT1 5
#define FINWAIT2 6
#define CLOSEWAIT 7
#define CLOSING 8
#define LASTACK 9
#define TIMEWAIT 10

#define SYN 0
#define SYNACK 1
#define ACK 2
#define DATA 3
#define FIN 4
#define RST 5

#define GHOST 1
#define OLDDATA 2
#define OLDFIN 3
#define OWNERS 4

byte phase[2], life[2], iss[2], irs[2], una[2], nxt[2], rcv[2], unsent[2];
/* Two wires, one behind the other; codes in ascending order, 0 behind the last. */
int wire[6];
byte opens, accepts;
byte fault;

/* Scratch: zero again at the end of every move, so that it makes no states. */
byte kind, seq, ack, lf, was, i;
int code, swap;
bool crammed, found, inside;

#define STANDS(p) ((p) >= ESTAB)

/* Puts a segment on the wire of side s, unless it is there already or there is no room. */
inline put(s, k, q, a, l) {
  code = (((l) * 8 + (k)) * 32 + (q)) * 32 + (a) + 1;
  found = false;
  crammed = true;
  i = 0;
  do
  :: i < WIRE && wire[(s) * 3 + i] == code -> found = true; i++
  :: i < WIRE && wire[(s) * 3 + i] == 0 -> crammed = false; i++
  :: i < WIRE && wire[(s) * 3 + i] != 0 && wire[(s) * 3 + i] != code -> i++
  :: i >= WIRE -> break
  od;
  if
  :: !found && !crammed ->
    i = 0;
    do
    :: i < WIRE ->
      if
      :: wire[(s) * 3 + i] == 0 || wire[(s) * 3 + i] > code ->
        swap = wire[(s) * 3 + i]; wire[(s) * 3 + i] = code; code = swap
      :: else
      fi;
      if
      :: code == 0 -> break
      :: else -> i++
      fi
    :: else -> break
    od
  :: else
  fi;
  i = 0; code = 0; swap = 0; found = false; crammed = false
}

/* Reads slot n of the wire of side s. */
inline get(s, n) {
  code = wire[(s) * 3 + (n)] - 1;
  ack = code & 31;
  seq = (code >> 5) & 31;
  kind = (code >> 10) & 7;
  lf = code >> 13
}

/* Takes slot n off the wire of side s. */
inline take(s, n) {
  i = n;
  do
  :: i + 1 < WIRE -> wire[(s) * 3 + i] = wire[(s) * 3 + i + 1]; i++
  :: else -> wire[(s) * 3 + i] = 0; break
  od;
  i = 0
}

inline forget(h) {
  phase[h] = ((h) == 0 -> CLOSED : LISTEN);
  life[h] = 0; iss[h] = 0; irs[h] = 0; una[h] = 0; nxt[h] = 0; rcv[h] = 0; unsent[h] = 0
}

inline answer(h) { put(h, ACK, nxt[h], rcv[h], life[h]) }
inline refuse(h) { put(h, RST, ack, 0, lf) }

inline last(h) {
#ifdef NOTW
  forget(h)
#else
  phase[h] = TIMEWAIT
#endif
}

/* The segment read last arrives at h. */
inline arrive(h) {
  was = phase[h];
  if
  :: was == CLOSED ->
    if
    :: kind != RST -> refuse(h)
    :: else
    fi
  :: was == LISTEN ->
    if
    :: kind == RST
    :: kind == SYN && accepts < ACCEPTS ->
      accepts++;
      life[h] = lf; iss[h] = accepts * 2; irs[h] = seq; nxt[h] = iss[h] + 1; rcv[h] = seq + 1;
#ifdef TWO
      una[h] = nxt[h]; phase[h] = ESTAB;
#else
      una[h] = iss[h]; phase[h] = SYNRCVD;
#endif
      put(h, SYNACK, iss[h], rcv[h], life[h])
    :: kind == SYN && accepts >= ACCEPTS
    :: kind != RST && kind != SYN -> refuse(h)
    fi
  :: was == SYNSENT ->
    if
    :: kind == RST
    :: kind != RST && ack != nxt[h] -> refuse(h)
    :: kind == SYNACK && ack == nxt[h] ->
      phase[h] = ESTAB; irs[h] = seq; una[h] = ack; rcv[h] = seq + 1;
#ifndef TWO
      answer(h)
#endif
    :: kind != RST && kind != SYNACK && ack == nxt[h]
    fi
  :: was >= SYNRCVD ->
    inside = (seq >= rcv[h] && seq < rcv[h] + WINDOW);
    if
    :: kind == RST && seq != rcv[h] ->
      if
      :: inside -> answer(h)
      :: else
      fi
    :: kind == RST && seq == rcv[h] ->
      if
#ifndef RSTENDS
      :: was == TIMEWAIT
#else
      :: was == TIMEWAIT -> forget(h)
#endif
      :: else -> forget(h)
      fi
    :: kind != RST && !inside ->
#ifdef TWO
      if
      :: kind == SYN && seq == irs[h] && h == 1 -> put(h, SYNACK, iss[h], rcv[h], life[h])
      :: else -> answer(h)
      fi
#else
      answer(h)
#endif
    :: (kind == SYN || kind == SYNACK) && inside ->
      if
      :: was == SYNRCVD -> forget(h)
      :: else -> answer(h)
      fi
    :: (kind == ACK || kind == DATA || kind == FIN) && inside ->
      if
      :: was == SYNRCVD && ack != nxt[h] -> refuse(h)
      :: was != SYNRCVD && ack > nxt[h] -> answer(h)
      :: else ->
        if
        :: was == SYNRCVD -> phase[h] = ESTAB
        :: else
        fi;
        if
        :: ack > una[h] -> una[h] = ack
        :: else
        fi;
        if
        :: una[h] == nxt[h] && phase[h] == LASTACK -> forget(h)
        :: una[h] == nxt[h] && phase[h] == CLOSING -> last(h)
        :: else ->
          if
          :: una[h] == nxt[h] && phase[h] == FINWAIT1 -> phase[h] = FINWAIT2
          :: else
          fi;
          if
          :: kind == ACK
          :: kind != ACK && (phase[h] > FINWAIT2 || seq != rcv[h]) -> answer(h)
          :: kind != ACK && phase[h] <= FINWAIT2 && seq == rcv[h] ->
            if
            :: lf != life[h] -> fault = (kind == DATA -> OLDDATA : OLDFIN)
            :: else
            fi;
            rcv[h] = rcv[h] + 1;
            answer(h);
            if
            :: kind == DATA
            :: kind == FIN && phase[h] == ESTAB -> phase[h] = CLOSEWAIT
            :: kind == FIN && phase[h] == FINWAIT1 -> phase[h] = CLOSING
            :: kind == FIN && phase[h] == FINWAIT2 -> last(h)
            fi
          fi
        fi
      fi
    fi
  fi;
  /* An end that has just come to stand needs a peer that takes part; two ends that stand need to agree. */
  if
  :: fault == 0 && STANDS(phase[h]) && !STANDS(was) &&
     !(life[1 - h] == life[h] && iss[1 - h] == irs[h] && (phase[1 - h] == SYNSENT || irs[1 - h] == iss[h])) -> fault = GHOST
  :: else
  fi;
  if
  :: fault == 0 && STANDS(phase[0]) && STANDS(phase[1]) && (iss[0] != irs[1] || irs[0] != iss[1]) -> fault = OWNERS
  :: else
  fi;
  kind = 0; seq = 0; ack = 0; lf = 0; code = 0; was = 0; inside = false;
#ifdef SEEK
  if
  :: fault != SEEK -> fault = 0
  :: else
  fi;
#endif
  assert(fault == 0)
}

#define AT(s, n) (n < WIRE && wire[(s) * 3 + n] != 0)
#define MOVES(s, n) \
  :: d_step { AT(s, n) -> take(s, n) } \
  :: d_step { AT(s, n) -> get(s, n); take(s, n); arrive((1 - s)) } \
  :: d_step { AT(s, n) -> get(s, n); arrive((1 - s)) }

#define MAYSEND(h) ((phase[h] == ESTAB || phase[h] == CLOSEWAIT) && una[h] == nxt[h])
#define HASFIN(h) (phase[h] == FINWAIT1 || phase[h] == CLOSING || phase[h] == LASTACK)

/* Nothing of h's connection is under way, and its peer waits for nothing any more. */
#define OTHER(h, s, n) (wire[(s) * 3 + n] == 0 || (wire[(s) * 3 + n] - 1) >> 13 != life[h])
#define QUIET(h) (OTHER(h, 0, 0) && OTHER(h, 0, 1) && OTHER(h, 0, 2) && OTHER(h, 1, 0) && OTHER(h, 1, 1) && OTHER(h, 1, 2) && \
  !(life[1 - h] == life[h] && STANDS(phase[1 - h]) && phase[1 - h] != TIMEWAIT))

#define USER(h) \
  :: d_step { MAYSEND(h) && unsent[h] > 0 -> nxt[h]++; unsent[h]--; put(h, DATA, nxt[h] - 1, rcv[h], life[h]) } \
  :: d_step { MAYSEND(h) -> nxt[h]++; unsent[h] = 0; phase[h] = (phase[h] == ESTAB -> FINWAIT1 : LASTACK); \
       put(h, FIN, nxt[h] - 1, rcv[h], life[h]) } \
  :: d_step { phase[h] == SYNSENT -> put(h, SYN, iss[h], 0, life[h]) } \
  :: d_step { phase[h] == SYNRCVD -> put(h, SYNACK, iss[h], rcv[h], life[h]) } \
  :: d_step { phase[h] >= ESTAB && una[h] != nxt[h] && HASFIN(h) -> put(h, FIN, nxt[h] - 1, rcv[h], life[h]) } \
  :: d_step { phase[h] >= ESTAB && una[h] != nxt[h] && !HASFIN(h) -> put(h, DATA, nxt[h] - 1, rcv[h], life[h]) } \
  :: d_step { phase[h] == TIMEWAIT && QUIET(h) -> forget(h) }

init {
  d_step { phase[0] = CLOSED; phase[1] = LISTEN };
end:
  do
  MOVES(0, 0) MOVES(0, 1) MOVES(0, 2) MOVES(1, 0) MOVES(1, 1) MOVES(1, 2)
  USER(0) USER(1)
  :: d_step { phase[0] == CLOSED && opens < OPENS ->
       opens++; phase[0] = SYNSENT; life[0] = opens; iss[0] = opens * ISNSTEP; una[0] = iss[0]; nxt[0] = iss[0] + 1;
       unsent[0] = OCTETS; put(0, SYN, iss[0], 0, life[0]) }
  :: d_step { phase[0] == SYNSENT -> forget(0) }
  od
}

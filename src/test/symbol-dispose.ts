/**
 * `Symbol.dispose`, where it is missing: Node 20 has it in its own realm but not in the one jest gives a test. The name is
 * what compilers fall back to, so that `using` compiled by any of them finds it.
 */
const known: object = Symbol;
if (!('dispose' in known)) {
  Object.defineProperty(known, 'dispose', { value: Symbol.for('Symbol.dispose') });
}

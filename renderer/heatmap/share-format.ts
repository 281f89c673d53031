// Formats shares of single experts, which are mostly far below one percent.

export type ShareFormat = {
  /** Three significant digits: 0.00263 → "0.263%". */
  readonly share: (share: number) => string;
  /** Two digits, for axes: 0.035 → "3.5%". */
  readonly tick: (share: number) => string;
  /** A signed difference in percent: −0.012 → "−1.2%". */
  readonly difference: (difference: number) => string;
  /** A power of two as a factor: 3 → "× 8", −3 → "÷ 8". */
  readonly factor: (log2: number) => string;
  /** A signed integer: "+12". */
  readonly signed: (difference: number) => string;
};

/** Returns the formats of a locale. @param locale a BCP 47 tag */
export function shareFormat(locale: string): ShareFormat {
  const style = 'percent';
  const three = new Intl.NumberFormat(locale, { style, minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const two = new Intl.NumberFormat(locale, { style, maximumSignificantDigits: 2 });
  const signedPercent = new Intl.NumberFormat(locale, {
    style,
    maximumSignificantDigits: 2,
    signDisplay: 'exceptZero',
  });
  const factor = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  const signed = new Intl.NumberFormat(locale, { signDisplay: 'exceptZero', maximumFractionDigits: 0 });
  return {
    share: (share) => three.format(share),
    tick: (share) => two.format(share),
    difference: (difference) => withMinus(signedPercent.format(difference)),
    factor: (log2) => `${log2 < 0 ? '÷' : '×'} ${factor.format(2 ** Math.abs(log2))}`,
    signed: (difference) => withMinus(signed.format(difference)),
  };
}

/** Replaces the hyphen by a minus as wide as a plus. */
function withMinus(text: string): string {
  return text.replace('-', '−');
}

// Worked word problems as their files hold them, and what is wrong with one, if anything.

export type Exchange = { question: string; answer: string };

/** Of a text of problems: blank lines between them, the question on the first line of each. */
export function exchanges(text: string): Exchange[] {
  return text
    .trimEnd()
    .split('\n\n')
    .map((exchange) => {
      const [question = '', ...answer] = exchange.split('\n');
      return { question, answer: answer.join('\n') };
    });
}

/** Numbers that a worked step may use though the question does not spell them out. */
const IMPLIED = [
  ['twice', 2],
  ['half', 2],
  ['evenly', 2],
  ['long', 2],
  ['double', 2],
  ['Sunday', 2],
  ['third', 3],
  ['three', 3],
  ['quarter', 4],
  ['four', 4],
  ['week', 7],
  ['hours', 60],
  ['%', 100],
] as const;
const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const EQUATION = /(\d+(?: [-+*/] \d+)+) = \$?(\d+)/g;

/** Products and quotients first, as in school; independent of the generator's own arithmetic. */
function evaluate(expression: string): number {
  const signed = expression.replaceAll(' - ', ' + -').split(' + ');
  return signed.reduce((sum, term) => sum + evaluateTerm(term), 0);
}

function evaluateTerm(term: string): number {
  const [first = '', ...rest] = term.split(' ');
  let value = Number(first);
  for (let i = 0; i + 1 < rest.length; i += 2)
    value = rest[i] === '*' ? value * Number(rest[i + 1]) : value / Number(rest[i + 1]);
  return value;
}

/** What is wrong with a worked answer, if anything. */
export function faults({ question, answer }: Exchange): string[] {
  const found: string[] = [];
  const lines = answer.split('\n');
  const last = lines.pop() ?? '';
  const known = new Set((question.match(/\d+/g) ?? []).map(Number));
  WORDS.forEach((word, n) => {
    if (new RegExp(`\\b${word}\\b`).test(question)) known.add(n);
  });
  for (const [word, n] of IMPLIED) if (question.includes(word)) known.add(n);
  let latest = Number.NaN;
  for (const line of lines) {
    const equations = [...line.matchAll(EQUATION)];
    if (equations.length === 0) found.push(`no equation: ${line}`);
    for (const [text, left = '', right = ''] of equations) {
      if (evaluate(left) !== Number(right)) found.push(`wrong: ${text}`);
      for (const operand of left.match(/\d+/g) ?? [])
        if (!known.has(Number(operand))) found.push(`${operand} from nowhere: ${text}`);
      latest = Number(right);
      known.add(latest);
    }
  }
  if (last !== `#### ${latest}`) found.push(`ends with ${last}, not ${latest}`);
  return found;
}

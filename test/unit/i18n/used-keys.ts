// Which texts the interface's source asks for.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

export type UsedKeys = {
  /** What `t(…)`, `i18nKey` and `<Term>` ask for; `*` stands for what is known only at run time. */
  readonly asked: ReadonlySet<string>;
  /** Every other literal: a key may be handed on before it is asked for. */
  readonly literals: ReadonlySet<string>;
};

function literalOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => `*${literal.text}`)].join('');
}

function isTranslating(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node)) return false;
  const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
  return ts.isIdentifier(callee) && callee.text === 't';
}

/** The name of `<Term name="…">`. */
function termName(node: ts.Node): string | undefined {
  if (!ts.isJsxAttribute(node) || node.name.getText() !== 'name') return undefined;
  const isOfTerm = node.parent.parent.tagName.getText() === 'Term';
  return isOfTerm && node.initializer && ts.isStringLiteral(node.initializer) ? node.initializer.text : undefined;
}

export function usedKeys(files: readonly string[]): UsedKeys {
  const asked = new Set<string>();
  const literals = new Set<string>();
  const collect = (node: ts.Node, into: Set<string>): void => {
    // the condition of `a ? 'x' : 'y'` is no key
    if (ts.isConditionalExpression(node)) {
      collect(node.whenTrue, into);
      collect(node.whenFalse, into);
      return;
    }
    const literal = literalOf(node);
    if (literal !== undefined) into.add(literal);
    else node.forEachChild((child) => collect(child, into));
  };
  const visit = (node: ts.Node): void => {
    const [argument] = isTranslating(node) ? node.arguments : [];
    if (argument) collect(argument, asked);
    if (ts.isJsxAttribute(node) && node.name.getText() === 'i18nKey' && node.initializer)
      collect(node.initializer, asked);
    const term = termName(node);
    if (term !== undefined) asked.add(`terms.${term}`);
    const literal = literalOf(node);
    if (literal !== undefined) literals.add(literal);
    node.forEachChild(visit);
  };
  for (const file of files) {
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  }
  return { asked, literals };
}

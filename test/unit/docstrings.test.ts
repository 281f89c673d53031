// Every function that a layer gives to others says what it gives: shapes, units, and how it fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from './source-files.ts';

const SOURCES = ['electron/{engine,main,host,cli}/**/*.ts', 'native/*.ts'];

/** The exported functions, and the public methods of exported classes, with their names. */
function* exportedFunctions(source: ts.SourceFile): Generator<[string, ts.Node]> {
  for (const statement of source.statements) {
    if (!ts.canHaveModifiers(statement)) continue;
    if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isFunctionDeclaration(statement) && statement.body) yield [statement.name?.text ?? '', statement];
    if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations)
        if (initializer && ts.isFunctionLike(initializer)) yield [name.getText(source), statement];
    }
    if (ts.isClassDeclaration(statement)) {
      for (const member of statement.members)
        if (ts.isMethodDeclaration(member) && member.body && !ts.isPrivateIdentifier(member.name))
          yield [`${statement.name?.text ?? ''}.${member.name.getText(source)}`, member];
    }
  }
}

test('every exported function of engine, main, host, command line and native part is documented', () => {
  const undocumented = sourceFiles(SOURCES).flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
    return [...exportedFunctions(source)]
      .filter(([, node]) => ts.getJSDocCommentsAndTags(node).length === 0)
      .map(([name]) => `${file}: ${name}`);
  });
  expect(undocumented).toEqual([]);
});

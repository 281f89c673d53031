// winnow doctor: what this machine offers and whether everything is in place
import type { Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import { inEnglish } from '../../contract/sentences.ts';
import type { Context } from '../context.ts';
import { machineAddresses } from '../options.ts';

/** Adds `winnow doctor`; its exit code is 1 if the database is damaged. */
export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('check the native part, devices, memory and the database')
    .option('--rpc <machines>', 'also check machines that lend memory, as HOST:PORT,HOST:PORT', machineAddresses, [])
    .action(async ({ rpc }: { readonly rpc: string[] }) => {
      const { call, output } = context;
      context.computeWith({ placement: { rpc } });
      const report = await call('app.doctor', {});
      const document = {
        node: process.version,
        llama: report.llama,
        memory: { total: report.memory.totalBytes, free: report.memory.freeBytes },
        devices: report.devices.map(({ memoryTotal, memoryFree, ...device }) => ({
          ...device,
          memory_total: memoryTotal,
          memory_free: memoryFree,
        })),
        gpu_backends: report.gpuBackends,
        gpu_problems: report.gpuProblems.map(({ kind, why }) => ({ backend: kind, why: inEnglish(why) })),
        machines: report.machines.map(({ memoryTotal, memoryFree, devices, why, ...machine }) => ({
          ...machine,
          why: why && inEnglish(why),
          memory_total: memoryTotal,
          memory_free: memoryFree,
          devices: devices.length,
        })),
        database: report.database,
      };
      const lines = [
        `node        ${process.version}`,
        `llama.cpp   ${report.llama}`,
        `memory      ${displayBytes(report.memory.freeBytes)} free of ${displayBytes(report.memory.totalBytes)}`,
        ...report.devices.map(
          ({ name, description, backend, features, memoryFree }) =>
            `device      ${name}: ${description} (${[backend, ...(memoryFree > 0 ? [`${displayBytes(memoryFree)} free`] : []), ...features].join(', ')})`,
        ),
        ...report.machines.map(
          ({ endpoint, why, memoryFree, memoryTotal }) =>
            `machine     ${endpoint}: ${why === null ? `${displayBytes(memoryFree)} free of ${displayBytes(memoryTotal)}` : inEnglish(why)}`,
        ),
        `GPU files   ${report.gpuBackends.length > 0 ? report.gpuBackends.join(', ') : 'none installed'}`,
        ...report.gpuProblems.map(({ kind, why }) => `            ${kind}: ${inEnglish(why)}`),
        `database    ${printableName(report.database.path)}: ${report.database.problem ?? 'sound'}`,
      ];
      output.result(document, lines.join('\n'));
      if (report.database.problem !== null) process.exitCode = 1;
    });
}

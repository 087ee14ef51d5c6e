//! Every budget that untrusted input runs against, in one place, and the error that names the one exceeded.
//!
//! Charts are untrusted. Each limit has a default far above what public charts need; the reasons stand
//! beside the numbers. Whoever enforces a limit takes it from a [`Limits`] value, never from a constant of its own.

/// The budgets of one run. `Default` gives the documented limits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a compressed archive.
    pub archive_bytes: u64,
    /// Bytes of all files of a chart together, unpacked; Helm's own limit for archives, here for folders too.
    pub chart_bytes: u64,
    /// Bytes of one file of a chart; Helm's own limit.
    pub file_bytes: u64,
    /// Unpacked bytes per compressed byte, counted after the first MiB.
    pub archive_ratio: u64,
    /// Files (or archive entries) of one chart.
    pub chart_files: u64,
    /// Bytes of one path inside a chart.
    pub path_bytes: u64,
    /// Folders above a file.
    pub path_depth: u64,
    /// Bytes of one .helmignore.
    pub ignore_bytes: u64,
    /// Charts inside charts.
    pub subchart_depth: u64,
    /// Charts in all below one chart.
    pub subcharts: u64,
    /// Bytes of one YAML document.
    pub yaml_bytes: u64,
    /// Collections inside collections in YAML.
    pub yaml_depth: u64,
    /// Nodes of one YAML document before aliases are expanded.
    pub yaml_nodes: u64,
    /// Nodes that aliases add to one YAML document.
    pub yaml_alias_nodes: u64,
    /// Bytes of scalars that aliases add to one YAML document.
    pub yaml_alias_bytes: u64,
    /// Nodes copied while the values of one render are composed: every alias of a chart has defaults of its own.
    pub values_nodes: u64,
    /// Bytes of one values.schema.json.
    pub schema_bytes: u64,
    /// Schema evaluation steps, bounded before evaluation.
    pub schema_steps: u64,
    /// `$ref` followed by `$ref` in a schema.
    pub schema_ref_depth: u64,
    /// Highest list index in `--set`; Helm's own limit.
    pub set_index: u64,
    /// Nested keys in `--set`; Helm's own limit.
    pub set_depth: u64,
    /// Nested `include` of one name; Helm's own limit.
    pub include_depth_per_name: u64,
    /// Nested `include`, `template` and `tpl` in all.
    pub include_depth: u64,
    /// Nested evaluations of lists and pipelines, over all invocations.
    pub evaluation_depth: u64,
    /// Collections inside collections in a value that is printed, copied, compared or encoded.
    pub value_depth: u64,
    /// Template nodes visited in one render.
    pub steps: u64,
    /// Loop rounds in one render.
    pub loops: u64,
    /// Bytes of one string made by a function.
    pub string_bytes: u64,
    /// Items of one list made by a function.
    pub list_items: u64,
    /// Bytes of all different texts that one render executes as templates (Helm's `tpl`).
    pub inline_bytes: u64,
    /// Bytes that one template file renders to.
    pub output_file_bytes: u64,
    /// Bytes that all templates of a chart render to.
    pub output_bytes: u64,
    /// Nested actions, parentheses and pipelines in template source.
    pub template_depth: u64,
    /// Tokens of one template file.
    pub template_tokens: u64,
    /// Bytes of one compiled regular expression.
    pub regex_bytes: u64,
    /// Calls of functions that make keys, certificates or password hashes in one render.
    pub crypto_calls: u64,
    /// Evaluation steps of one policy expression on one object.
    pub policy_steps: u64,
    /// Operators inside operators in one policy expression.
    pub policy_depth: u64,
    /// Renders of one chart that prove grades, beside those of its cases; half as many once more for switches.
    pub proof_renders: u64,
    /// Waivers of one run, those of the configuration aside.
    pub waivers: u64,
    /// Findings in one report.
    pub findings: u64,
    /// Bytes of one finding's message.
    pub message_bytes: u64,
}

const MIB: u64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 20 * MIB,
            chart_bytes: 100 * MIB,
            file_bytes: 5 * MIB,
            archive_ratio: 200,
            chart_files: 10_000,
            path_bytes: 1_024,
            path_depth: 32,
            ignore_bytes: 1 << 16,
            subchart_depth: 16,
            subcharts: 500,
            yaml_bytes: 5 * MIB,
            yaml_depth: 200,
            yaml_nodes: 2_000_000,
            yaml_alias_nodes: 200_000,
            yaml_alias_bytes: 20 * MIB,
            values_nodes: 10_000_000,
            schema_bytes: MIB,
            schema_steps: 1_000_000,
            schema_ref_depth: 64,
            set_index: 65_536,
            set_depth: 30,
            include_depth_per_name: 1_000,
            include_depth: 2_000,
            evaluation_depth: 20_000,
            value_depth: 1_000,
            steps: 10_000_000,
            loops: 1_000_000,
            string_bytes: 16 * MIB,
            list_items: 1_000_000,
            inline_bytes: 20 * MIB,
            output_file_bytes: 5 * MIB,
            output_bytes: 50 * MIB,
            template_depth: 500,
            template_tokens: 1_000_000,
            regex_bytes: MIB,
            crypto_calls: 50,
            policy_steps: 1_000_000,
            policy_depth: 64,
            proof_renders: 8,
            waivers: 10_000,
            findings: 25_000,
            message_bytes: 1_024,
        }
    }
}

/// A budget that ran out: its name as documented (`template-steps`) and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("limit `{name}` of {limit} exceeded")]
pub struct Exceeded {
    /// Kebab-case name of the limit.
    pub name: &'static str,
    /// Its value.
    pub limit: u64,
}

impl Exceeded {
    /// `Ok` while `used` is at most `limit`.
    ///
    /// # Errors
    /// `Exceeded` with the name when `used` is over `limit`.
    pub fn check(name: &'static str, used: u64, limit: u64) -> Result<(), Self> {
        if used > limit { Err(Self { name, limit }) } else { Ok(()) }
    }
}

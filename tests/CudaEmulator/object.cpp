#include "object.h"
#include <elf.h>
#include <set>
#include <vector>

struct Reach // of one section of code
{
    std::set<unsigned> variables, sections;
};

static void collect(unsigned section, const std::map<unsigned, Reach>& reaches, std::set<unsigned>& seen, std::set<unsigned>& variables)
{
    auto found = reaches.find(section);
    if (!seen.insert(section).second || found == reaches.end()) return;
    variables.insert(found->second.variables.begin(), found->second.variables.end());
    for (unsigned next : found->second.sections) collect(next, reaches, seen, variables);
}

std::map<std::string, size_t> static_shared_bytes(const std::string& object)
{
    const char* base = object.data();
    auto* header = (const Elf64_Ehdr*)base;
    auto* sections = (const Elf64_Shdr*)(base + header->e_shoff);
    std::map<unsigned, Reach> reaches;
    std::map<std::string, size_t> bytes;
    const Elf64_Sym* symbols = nullptr;
    size_t count = 0;
    const char* names = nullptr;
    for (int i = 0; i < header->e_shnum; ++i)
        if (sections[i].sh_type == SHT_SYMTAB)
        {
            symbols = (const Elf64_Sym*)(base + sections[i].sh_offset);
            count = sections[i].sh_size / sizeof *symbols;
            names = base + sections[sections[i].sh_link].sh_offset;
        }
    for (int i = 0; i < header->e_shnum; ++i)
    {
        if (sections[i].sh_type != SHT_RELA || !(sections[sections[i].sh_info].sh_flags & SHF_EXECINSTR)) continue;
        auto* relocation = (const Elf64_Rela*)(base + sections[i].sh_offset);
        for (size_t r = 0; r < sections[i].sh_size / sizeof *relocation; ++r)
        {
            unsigned index = ELF64_R_SYM(relocation[r].r_info);
            const Elf64_Sym& s = symbols[index];
            if (s.st_shndx == SHN_UNDEF || s.st_shndx >= SHN_LORESERVE) continue;
            Reach& reach = reaches[sections[i].sh_info];
            if (ELF64_ST_TYPE(s.st_info) == STT_TLS) reach.variables.insert(index);
            else if (sections[s.st_shndx].sh_flags & SHF_EXECINSTR) reach.sections.insert(s.st_shndx);
        }
    }
    for (size_t i = 0; i < count; ++i)
    {
        if (ELF64_ST_TYPE(symbols[i].st_info) != STT_FUNC || symbols[i].st_shndx == SHN_UNDEF || symbols[i].st_shndx >= SHN_LORESERVE) continue;
        std::set<unsigned> seen, variables;
        collect(symbols[i].st_shndx, reaches, seen, variables);
        size_t& sum = bytes[names + symbols[i].st_name];
        for (unsigned v : variables) sum += symbols[v].st_size;
    }
    return bytes;
}

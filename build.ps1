#!/usr/bin/env pwsh
<#
.SYNOPSIS
The one door: builds, tests, verifies, measures, publishes and formats stardeq.
.EXAMPLE
./build.ps1 test Nufft
Runs the tests whose full name contains "Nufft".
.EXAMPLE
./build.ps1 publish -Runtime win-x64
#>
[CmdletBinding()]
param(
    # build: compile. test: run the tests. verify: device, gradient and reference checks. bench: the time of each kernel and of a training step.
    # publish: one self-contained program in artifacts/. format: rewrite the sources to the house style.
    [Parameter(Position = 0)]
    [ValidateSet('build', 'test', 'verify', 'bench', 'publish', 'format')]
    [string] $Verb = 'verify',

    # For test: part of the full names of the tests to run.
    [Parameter(Position = 1)]
    [string] $Filter = '',

    # For publish: target system such as linux-x64, win-x64 or osx-arm64; this machine's if not given.
    [string] $Runtime = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier,

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$script:Steps = @()

# Runs one dotnet command, keeps its time for the summary, and ends the script with its exit code if it fails.
function Invoke-Step([string] $Name, [string[]] $Arguments) {
    Write-Host "> dotnet $($Arguments -join ' ')"
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    & dotnet @Arguments
    $code = $LASTEXITCODE
    $script:Steps += '{0,-12} {1,8:F1} s  {2}' -f $Name, $watch.Elapsed.TotalSeconds, $(if ($code -eq 0) { 'ok' } else { "failed with exit code $code" })
    if ($code -ne 0) {
        Write-Summary
        exit $code
    }
}

function Invoke-Stardeq([string] $Name, [string[]] $Arguments) {
    Invoke-Step $Name (@('run', '--project', 'src/Cli', '-c', $Configuration, '--no-build', '--') + $Arguments)
}

function Write-Summary {
    Write-Host ''
    $script:Steps | ForEach-Object { Write-Host $_ }
}

Push-Location $PSScriptRoot
try {
    switch ($Verb) {
        'build' {
            Invoke-Step 'build' @('build', '-c', $Configuration)
        }
        'test' {
            $selection = if ($Filter) { @('--filter', "FullyQualifiedName~$Filter") } else { @() }
            Invoke-Step 'test' (@('test', 'tests', '-c', $Configuration) + $selection)
        }
        'verify' {
            Invoke-Step 'build' @('build', 'src/Cli', '-c', $Configuration)
            Invoke-Stardeq 'doctor' @('doctor')
            Invoke-Stardeq 'gradcheck' @('gradcheck')
        }
        'bench' {
            Invoke-Step 'bench' @('run', '--project', 'benchmarks', '-c', $Configuration)
        }
        'publish' {
            $target = Join-Path 'artifacts' $Runtime
            Invoke-Step 'publish' @('publish', 'src/Cli', '-c', $Configuration, '-r', $Runtime, '--self-contained', '-o', $target,
                '-p:PublishSingleFile=true', '-p:PublishReadyToRun=true', '-p:IncludeNativeLibrariesForSelfExtract=true',
                '-p:DebugType=embedded', '-p:PublishDocumentationFile=false', '-p:PublishReferencesDocumentationFiles=false')
            Get-ChildItem $target | ForEach-Object { Write-Host ('{0,14:N0} bytes  {1}' -f $_.Length, $_.FullName) }
        }
        'format' {
            Invoke-Step 'format' @('format')
        }
    }
    Write-Summary
}
finally {
    Pop-Location
}
